// One unprivileged host uid (and the gid of the same number) per sandbox: signals, keyrings, process counts and files then know tenants apart
// even where a namespace should fail. A number is given out again only when everything of its sandbox is gone.

export interface UidRange {
  readonly first: number;
  readonly count: number;
}

/** Above what distributions give to people, services and containers (/etc/login.defs, /etc/subuid start at 1,000 and 100,000). */
export const DEFAULT_UID_RANGE: UidRange = { first: 200_000, count: 10_000 };

/** Whom root gives its rights to: nobody's either, and no sandbox's. */
export const SERVICE_UID = DEFAULT_UID_RANGE.first - 1;

export class HostUids {
  readonly #range: UidRange;
  readonly #returned: number[] = [];
  #used = 0;

  constructor(range: UidRange) {
    if (range.first < 1 || range.count < 1)
      throw new RangeError('The range of host uids must be above 0: a sandbox never runs as root');
    this.#range = range;
  }

  /** Undefined when all are in use. */
  take(): number | undefined {
    const returned = this.#returned.pop();
    if (returned !== undefined) return returned;
    if (this.#used === this.#range.count) return undefined;
    this.#used += 1;
    return this.#range.first + this.#used - 1;
  }

  giveBack(uid: number): void {
    this.#returned.push(uid);
  }
}
