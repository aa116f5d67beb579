// Lets one through at a time, in the order in which they came.

export class Turnstile {
  #last: Promise<unknown> = Promise.resolve();

  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    try {
      return await work();
    } finally {
      resolve();
    }
  }
}
