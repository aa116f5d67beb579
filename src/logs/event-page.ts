// The best events of a page while chunks are still being read: never many more than the page can hold.

import { LIMITS } from '#kernel';
import { compareKeys, type EventKey, type LogEvent } from './log-event.ts';

export type Direction = 'forward' | 'backward';

/**
 * Invariants:
 *   I1  An event that was let go is worse than a whole page of others, so it could not have been on the page.
 *   I2  At most twice a page is held, and the events of one chunk.
 */
export class EventPage {
  readonly #order: 1 | -1;
  readonly #limit: number;
  #events: LogEvent[] = [];
  #bytes = 0;
  #isSorted = true;
  #isFull = false;

  constructor(direction: Direction, limit: number) {
    this.#order = direction === 'forward' ? 1 : -1;
    this.#limit = limit;
  }

  add(event: LogEvent): void {
    this.#events.push(event);
    this.#bytes += sizeOf(event);
    this.#isSorted = false;
    if (this.#events.length >= 2 * this.#limit || this.#bytes >= 2 * LIMITS.logPageBytes) this.#tidy();
  }

  /** The last event of the page, once no more fit on it but better ones. */
  get edge(): EventKey | undefined {
    // Sorting is left for when it can say something: a page of small chunks is asked thousands of times.
    if (!this.#isFull && this.#events.length < this.#limit && this.#bytes <= LIMITS.logPageBytes) return undefined;
    this.#tidy();
    return this.#isFull ? this.#events.at(-1) : undefined;
  }

  /** In the direction of reading. */
  take(): readonly LogEvent[] {
    this.#tidy();
    return this.#events;
  }

  #tidy(): void {
    if (this.#isSorted) return;
    this.#isSorted = true;
    this.#events.sort((one, other) => this.#order * compareKeys(one, other));
    let kept = 0;
    let bytes = 0;
    for (const event of this.#events) {
      // A page holds one event of any size.
      if (kept === this.#limit || (kept > 0 && bytes + sizeOf(event) > LIMITS.logPageBytes)) break;
      kept += 1;
      bytes += sizeOf(event);
    }
    this.#isFull ||= kept < this.#events.length || kept === this.#limit;
    this.#events.length = kept;
    this.#bytes = bytes;
  }
}

function sizeOf(event: LogEvent): number {
  return Buffer.byteLength(event.text) + LIMITS.logEventOverheadBytes;
}
