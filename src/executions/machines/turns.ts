// Changes of one thing by this process, one after the other: whoever would only lose to another, and read all again, waits instead.

export class Turns {
  /** By the name of the thing; it is gone when nobody waits any more. */
  readonly #last = new Map<string, Promise<unknown>>();

  async take<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(name) === mine) this.#last.delete(name);
    }
  }
}
