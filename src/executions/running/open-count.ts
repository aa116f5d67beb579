// How many executions are open, so far as it matters: they are counted only when as many have begun as there was certainly room for.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-accounts
//
// Owns: how many may begin before they have to be counted again.

import { ApiError, LIMITS } from '#kernel';
import type { JournalStore } from '#store';

/** Before the first count of a process: a start counts nothing. */
const UNCOUNTED = 10_000;

export class OpenCount {
  readonly #journals: Pick<JournalStore, 'countRunning'>;
  readonly #most: number;
  #room: number;
  #counting: Promise<void> | undefined;

  constructor(journals: Pick<JournalStore, 'countRunning'>, most: number = LIMITS.openExecutions) {
    this.#journals = journals;
    this.#most = most;
    this.#room = Math.min(UNCOUNTED, most);
  }

  /** Another one is to begin. Undefined where it may at once; throws ExecutionLimitExceeded. */
  admit(): Promise<void> | undefined {
    if (this.#room <= 0) return this.#countFirst();
    this.#room--;
    return undefined;
  }

  async #countFirst(): Promise<void> {
    this.#counting ??= this.#count().finally(() => (this.#counting = undefined));
    await this.#counting;
    if (this.#room <= 0)
      throw new ApiError(
        'ExecutionLimitExceeded',
        `${this.#most} executions are open already: stop some (ListExecutions with the status RUNNING names them), or wait for their end.`,
      );
    this.#room--;
  }

  async #count(): Promise<void> {
    this.#room = this.#most - (await this.#journals.countRunning('execution', this.#most));
  }
}
