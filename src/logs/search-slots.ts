// How many searches read at once: each holds some mebibytes, and all share one event loop.

import { ApiError, LIMITS } from '#kernel';

export class SearchSlots {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** In the order of asking. AWS answers ThrottlingException too when there are too many. */
  async run<Result>(search: () => Promise<Result>): Promise<Result> {
    if (this.#running >= LIMITS.logSearchesAtOnce) await this.#turn();
    else this.#running += 1;
    try {
      return await search();
    } finally {
      const next = this.#waiting.shift();
      // A slot is handed on, so that nobody who comes later takes it.
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= LIMITS.logSearchesWaiting)
      throw new ApiError('ThrottlingException', 'Rate exceeded', { status: 400 });
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }
}
