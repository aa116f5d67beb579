// Removes what a retention setting no longer keeps, and segments that nothing points at.
//
// Owns: one timer, which runs only while some group has a retention setting or something was removed.
// Never: removes a segment whose chunks are not all indexed, nor the one that is being written.

import type { Clock, Log, Scope, Timer } from '#kernel';
import type { LogIndex, Segments } from '#store';
import type { LogGroups } from './log-groups.ts';
import type { LogWriter } from './log-writer.ts';

export interface LogRetentionOptions {
  readonly index: LogIndex;
  readonly segments: Segments;
  readonly groups: LogGroups;
  readonly writer: LogWriter;
  readonly scopes: readonly Scope[];
  readonly clock: Clock;
  readonly log: Log;
}

export const DAY_MS = 24 * 3_600_000;

/** The day counts that AWS allows. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
export const RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** AWS takes up to 72 hours; events past their time are left out of every answer at once. */
const RUN_EVERY_MS = 3_600_000;
const SOON_MS = 60_000;

export class LogRetention {
  readonly #options: LogRetentionOptions;
  #timer: Timer | undefined;
  #isWanted = false;
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: LogRetentionOptions) {
    this.#options = options;
  }

  /** Looks through the groups in a minute, and again every hour while there is need. */
  wake(): void {
    if (this.#isClosed) return;
    this.#isWanted = true;
    this.#timer ??= this.#options.clock.after(SOON_MS, () => this.#start());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #start(): void {
    this.#isWanted = false;
    this.#running = this.run().then(
      (isNeeded) => this.#again(isNeeded),
      (error: unknown) => {
        this.#options.log.write('error', 'logs.retention-failed', { message: String(error), nextTryMs: RUN_EVERY_MS });
        this.#again(true);
      },
    );
  }

  #again(isNeeded: boolean): void {
    this.#timer = undefined;
    if ((isNeeded || this.#isWanted) && !this.#isClosed) this.#timer = this.#options.clock.after(RUN_EVERY_MS, () => this.#start());
  }

  /** Whether it has to run again: some group has a retention setting, or not everything could be done. */
  async run(): Promise<boolean> {
    const { index, groups, scopes, clock } = this.#options;
    let isNeeded = false;
    for (const scope of scopes) {
      for await (const { name, retentionInDays } of groups.all(scope)) {
        if (this.#isClosed) return isNeeded;
        if (retentionInDays === undefined) continue;
        isNeeded = true;
        await index.expire(scope, name, clock.now() - retentionInDays * DAY_MS);
      }
    }
    const isDone = await this.#removeUnused();
    return isNeeded || !isDone;
  }

  /** False when the index misses chunks, which may be in any of the segments. */
  async #removeUnused(): Promise<boolean> {
    const { index, segments, writer, log } = this.#options;
    // Listed before the lane is entered: all that these segments hold is appended, and indexed once it is our turn.
    const closed = (await segments.list()).slice(0, -1).map(({ segment }) => segment);
    if (closed.length === 0) return true;
    return writer.exclusively(async () => {
      if (writer.backlog.isBehind) return false;
      const inUse = await index.segmentsInUse(closed);
      const unused = closed.filter((segment) => !inUse.has(segment));
      for (const segment of unused) await segments.remove(segment);
      if (unused.length > 0) log.write('info', 'logs.segments-removed', { segments: unused.length });
      return true;
    });
  }
}
