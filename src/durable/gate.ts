// Lets so many in at once, and the others in the order in which they came. Where there is no room else, one at a time goes on.

export class Gate {
  readonly #most: number;
  readonly #hasRoom: () => boolean;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(most: number, hasRoom: () => boolean = () => true) {
    this.#most = most;
    this.#hasRoom = hasRoom;
  }

  /** True where there is room at once; else `enter` is called when there is. Whoever is in leaves. */
  tryEnter(enter: () => void): boolean {
    if (this.#waiting.length > 0 || !this.#isOpen) {
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
    this.#inside -= 1;
    while (this.#isOpen) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#inside += 1;
      next();
    }
  }

  get #isOpen(): boolean {
    return this.#inside < this.#most && (this.#inside === 0 || this.#hasRoom());
  }
}
