// Lets so many in at once, and the others in the order in which they came.

export class Gate {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** True where there is room at once; else `enter` is called when there is. Whoever is in leaves. */
  tryEnter(enter: () => void): boolean {
    if (this.#inside >= this.#most) {
      this.#waiting.push(enter);
      return false;
    }
    this.#inside += 1;
    return true;
  }

  /** Resolves when whoever calls is in. */
  enter(): Promise<void> {
    return new Promise((resolve) => {
      if (this.tryEnter(resolve)) resolve();
    });
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#inside -= 1;
    else next();
  }
}
