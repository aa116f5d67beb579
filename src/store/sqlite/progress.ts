// How far the write-ahead log is written and how far it is on the disk, in commits: two counters that three threads see,
// and how long a sync takes.
//
// Owns: nothing; it is a view of memory that the thread of the database, the thread of the disk and their caller share.
// Invariants:
//   I1  Only the database's thread counts `written` up, after the kernel has taken the commit's bytes.
//   I2  Only the disk's thread moves `synced`, to a number that `written` had before its sync began. So `synced` never says of a
//       commit that it is on the disk when it is not.

const WRITTEN = 0;
const SYNCED = 1;
const SYNC_US = 2;
const CELLS = 3;
/** In both counters when there will be no further sync. In the counters themselves, so that nobody begins to wait for them just after. */
const ENDED = -1n;

export class Progress {
  readonly shared: SharedArrayBuffer;
  readonly #cells: BigInt64Array;

  constructor(shared = new SharedArrayBuffer(CELLS * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#cells = new BigInt64Array(shared);
  }

  /** The number of the last commit that must be synced; beyond every number that will be when there will be no further sync. */
  get written(): number {
    const written = Atomics.load(this.#cells, WRITTEN);
    return written === ENDED ? Infinity : Number(written);
  }

  /** The number of the last commit that is known to be on the disk; below every number when there will be no further sync. */
  get synced(): number {
    return Number(Atomics.load(this.#cells, SYNCED));
  }

  /** One commit more; wakes the disk's thread. */
  countWritten(): void {
    Atomics.add(this.#cells, WRITTEN, 1n);
    Atomics.notify(this.#cells, WRITTEN);
  }

  moveSynced(to: number): void {
    Atomics.store(this.#cells, SYNCED, BigInt(to));
    Atomics.notify(this.#cells, SYNCED);
  }

  /** How long a sync takes, on average; 0 before the first. */
  get syncUs(): number {
    return Number(Atomics.load(this.#cells, SYNC_US));
  }

  /** For the disk's thread. */
  set syncUs(us: number) {
    Atomics.store(this.#cells, SYNC_US, BigInt(Math.ceil(us)));
  }

  /** For the disk's thread: blocks until there is something to sync, and returns its number; undefined when there never will be. */
  awaitWritten(): number | undefined {
    for (;;) {
      const written = Atomics.load(this.#cells, WRITTEN);
      if (written === ENDED) return undefined;
      if (written !== Atomics.load(this.#cells, SYNCED)) return Number(written);
      Atomics.wait(this.#cells, WRITTEN, written);
    }
  }

  /** For the database's thread: blocks until everything is on the disk; false when that will not come about. */
  awaitSynced(): boolean {
    for (;;) {
      const synced = Atomics.load(this.#cells, SYNCED);
      if (synced === ENDED) return false;
      if (synced === Atomics.load(this.#cells, WRITTEN)) return true;
      Atomics.wait(this.#cells, SYNCED, synced);
    }
  }

  /** There will be no further sync: whoever waits wakes up. */
  end(): void {
    for (const cell of [WRITTEN, SYNCED]) {
      Atomics.store(this.#cells, cell, ENDED);
      Atomics.notify(this.#cells, cell);
    }
  }
}
