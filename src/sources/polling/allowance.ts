// What all pollers together may hold in memory. Who waits longest goes first.
// Owns: the count of bytes, and who waits. I1: while anything is held, its end wakes the next; when nothing is, all are awake.

export class Allowance {
  readonly #bytesMax: number;
  readonly #waiting = new Set<() => void>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** False: `wake` is called once when it is worth asking again. */
  admits(wake: () => void): boolean {
    if (this.#bytes < this.#bytesMax) return true;
    this.#waiting.add(wake);
    return false;
  }

  forget(wake: () => void): void {
    this.#waiting.delete(wake);
  }

  hold(bytes: number): void {
    this.#bytes += bytes;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes >= this.#bytesMax) return;
    for (const wake of this.#waiting) {
      this.#waiting.delete(wake);
      wake();
      if (this.#bytes > 0) return;
    }
  }
}
