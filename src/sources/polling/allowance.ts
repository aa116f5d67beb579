// What all pollers together may hold in memory. As much again is for those who hold nothing: a few whose functions take a quarter of an hour
// could else hold up all others for as long.
// Owns: the count of bytes, and who waits. I1: whoever waits is woken when there is room, by whoever makes it.

export class Allowance {
  readonly #bytesMax: number;
  readonly #waiting = new Set<() => void>();
  readonly #waitingWithNothing = new Set<() => void>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** `held`: what the asking one holds. False: `wake` is called once when it is worth asking again. */
  admits(held: number, wake: () => void): boolean {
    if (this.#bytes < this.#bytesMax || (held === 0 && !this.isSpent)) return true;
    (held === 0 ? this.#waitingWithNothing : this.#waiting).add(wake);
    return false;
  }

  /** Nobody may hold more, whatever it was admitted to before: many may have received at once. */
  get isSpent(): boolean {
    return this.#bytes >= 2 * this.#bytesMax;
  }

  forget(wake: () => void): void {
    this.#waiting.delete(wake);
    this.#waitingWithNothing.delete(wake);
  }

  hold(bytes: number): void {
    this.#bytes += bytes;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
    // All of them: who is woken may find nothing to take, and then makes no room that would wake the next.
    if (!this.isSpent) wakeAll(this.#waitingWithNothing);
    if (this.#bytes < this.#bytesMax) wakeAll(this.#waiting);
  }
}

function wakeAll(waiting: Set<() => void>): void {
  const woken = [...waiting];
  waiting.clear();
  for (const wake of woken) wake();
}
