// Forgets executions that ended long ago, some at a time. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
//
// Owns: the timer of the next look.

import type { Clock, Log, Timer } from '#kernel';
import type { JournalStore } from '#store';

export interface ExpiryParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly journals: Pick<JournalStore, 'expireSome'>;
}

/** They are kept for months: nobody minds some minutes. */
const LOOK_MS = 10 * 60_000;
const AT_ONCE = 20;
/** Between two steps, so that others' steps come in between. */
const PAUSE_MS = 20;

export class Expiry {
  readonly #parts: ExpiryParts;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(parts: ExpiryParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = this.#parts.clock.after(LOOK_MS, () => void this.#look());
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    const { clock, journals, log } = this.#parts;
    let delayMs = LOOK_MS;
    try {
      if ((await journals.expireSome(clock.now(), AT_ONCE)) > 0) delayMs = PAUSE_MS;
    } catch (cause) {
      log.write('error', 'executions.expiry-failed', { cause });
    }
    if (!this.#isClosed) this.#timer = clock.after(delayMs, () => void this.#look());
  }
}
