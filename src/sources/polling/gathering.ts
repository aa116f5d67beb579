// Records that were received and wait for their batch: until it is full, or its window is over.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching
// Owns: the records between their receive and their batch.

import type { SourceRecord } from './source.ts';

export interface BatchBounds {
  readonly records: number;
  /** Of the JSON text of a whole batch. */
  readonly bytes: number;
}

export interface Batch<Record extends SourceRecord> {
  readonly records: readonly Record[];
  readonly bytes: number;
  /** Another record did not fit, or would not have. */
  readonly isFull: boolean;
}

/** The commas between records, and what a source puts around them. */
const FRAME_BYTES = 64;

export class Gathering<Record extends SourceRecord> {
  readonly #bounds: BatchBounds;
  #records: Record[] = [];

  constructor(bounds: BatchBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#records.length;
  }

  add(records: readonly Record[]): void {
    this.#records.push(...records);
  }

  /** The next batch: a full one, or with `isDue` whatever there is. A record that is too large by itself is a batch of its own. */
  next(isDue: boolean): Batch<Record> | undefined {
    let bytes = FRAME_BYTES;
    let count = 0;
    for (const record of this.#records) {
      if (count === this.#bounds.records || (count > 0 && bytes + record.bytes + 1 > this.#bounds.bytes)) break;
      bytes += record.bytes + 1;
      count += 1;
    }
    const isFull = count === this.#bounds.records || count < this.#records.length;
    if (count === 0 || !(isFull || isDue)) return undefined;
    return { records: this.#records.splice(0, count), bytes, isFull };
  }

  /** All that is left, in order. */
  drain(): readonly Record[] {
    return this.#records.splice(0);
  }
}
