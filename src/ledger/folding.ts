// Folds segments of usage records into the store's totals: each record once, whatever is killed when.
//
// Owns: for the segment that is still written, the names of the records that were folded.
// Invariants:
//   I1  A piece of a segment and the offset up to which it was folded are saved in one step, from the offset that was read: of two
//       who fold the same piece, one is refused.
//   I2  A record that stands in a segment twice (same request, same attempt) counts once.

import type { Log } from '#kernel';
import { readFrames, type Segments, type UsageTotals } from '#store';
import { Tally } from './meters.ts';
import { decodeRecord, type UsageRecord } from './usage-record.ts';

export interface FoldingParts {
  readonly segments: Segments;
  readonly usage: UsageTotals;
  readonly log: Log;
}

interface Progress {
  readonly segment: string;
  readonly foldedTo: number;
  readonly names: Set<string>;
}

export class Folding {
  readonly #parts: FoldingParts;
  /** Of the newest segment, so that folding it again need not read its beginning again. */
  #progress: Progress | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: FoldingParts) {
    this.#parts = parts;
  }

  /** Everything that was appended before this call is folded when it resolves. One at a time. */
  fold(): Promise<void> {
    const previous = this.#running;
    this.#running = (async () => {
      // Whoever asked for the one before has heard how it ended.
      await previous.catch(() => undefined);
      await this.#foldAll();
    })();
    return this.#running;
  }

  async #foldAll(): Promise<void> {
    const list = await this.#parts.segments.list();
    for (const [index, { segment, bytes }] of list.entries()) {
      await this.#foldOne({ segment, bytes, isClosed: index < list.length - 1 });
    }
  }

  async #foldOne({
    segment,
    bytes,
    isClosed,
  }: {
    readonly segment: string;
    readonly bytes: number;
    readonly isClosed: boolean;
  }): Promise<void> {
    const { usage, log } = this.#parts;
    const from = await usage.foldedTo(segment);
    if (from >= bytes) return;
    const names = await this.#namesBefore(segment, from);
    const tally = new Tally();
    let end = from;
    for await (const { record, offset, end: next } of readFrames(this.#parts.segments, { segment, from, to: bytes })) {
      const usageRecord = decodeRecord(record);
      if (usageRecord === undefined) log.write('error', 'ledger.record-unreadable', { segment, offset });
      else if (!names.has(nameOf(usageRecord))) {
        names.add(nameOf(usageRecord));
        tally.add(usageRecord);
      }
      end = next;
    }
    if (end < bytes && isClosed) {
      // Only a power cut tears a segment, at the end of what was synced. Nothing can be appended there any more.
      log.write('warn', 'ledger.tail-torn', { segment, offset: end, bytes: bytes - end });
      end = bytes;
    }
    const isFolded = await usage.fold(segment, from, end, tally.totals());
    this.#progress = isFolded && !isClosed ? { segment, foldedTo: end, names } : undefined;
  }

  async #namesBefore(segment: string, from: number): Promise<Set<string>> {
    if (this.#progress?.segment === segment && this.#progress.foldedTo === from) return this.#progress.names;
    const names = new Set<string>();
    for await (const { record } of readFrames(this.#parts.segments, { segment, from: 0, to: from })) {
      const usageRecord = decodeRecord(record);
      if (usageRecord !== undefined) names.add(nameOf(usageRecord));
    }
    return names;
  }
}

function nameOf({ requestId, attempt }: UsageRecord): string {
  return `${requestId} ${attempt}`;
}
