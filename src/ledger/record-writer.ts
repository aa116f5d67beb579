// Hands usage records to the kernel before the answers that they belong to can leave.
//
// Owns: the records that are not appended yet.
// Invariants:
//   I1  A record is appended in a microtask of the turn in which it was recorded. Promises that settle after `record` run after
//       that microtask, so an answer that is awaited leaves after its record; records of one turn share one append.
//   I2  A full disk loses no record: they wait, at most PENDING_MAX of them, and are appended in order when there is room. What
//       is beyond that is counted and reported, never silently dropped.

import { LIMITS, type Clock, type Log, type Timer } from '#kernel';
import { encodeFrame, type SegmentPosition, type Segments } from '#store';
import { encodeRecord, type UsageRecord } from './usage-record.ts';

const APPENDED_AT_ONCE = 512;
const RETRY_MS = 1000;

export interface RecordWriterParts {
  readonly segments: Segments;
  readonly clock: Clock;
  readonly log: Log;
  /** In the order of the appends. */
  readonly onAppended: (record: UsageRecord, position: SegmentPosition, bytes: number) => void;
  /** A segment was left, and can be folded. */
  readonly onSegmentLeft: () => void;
}

interface Pending {
  readonly record: UsageRecord;
  readonly frame: Uint8Array;
}

export class RecordWriter {
  readonly #parts: RecordWriterParts;
  #pending: Pending[] = [];
  #isScheduled = false;
  #isFailing = false;
  #segment: string | undefined;
  #retry: Timer | undefined;
  #lost = 0;

  constructor(parts: RecordWriterParts) {
    this.#parts = parts;
  }

  /** Records that found no room, on the disk or here. */
  get lostRecords(): number {
    return this.#lost;
  }

  get pendingRecords(): number {
    return this.#pending.length;
  }

  record(record: UsageRecord): void {
    if (this.#pending.length >= LIMITS.pendingUsageRecords) {
      this.#lost += 1;
      // Once for every thousand: a log that fills the same disk helps nobody.
      if (this.#lost % 1000 === 1) this.#parts.log.write('error', 'ledger.records-lost', { lost: this.#lost });
      return;
    }
    this.#pending.push({ record, frame: encodeFrame(encodeRecord(record)) });
    if (this.#isScheduled || this.#isFailing) return;
    this.#isScheduled = true;
    queueMicrotask(() => this.flush());
  }

  /** Appends what waits. Does not throw: what cannot be appended goes on waiting. */
  flush(): void {
    this.#isScheduled = false;
    while (this.#pending.length > 0) {
      const some = this.#pending.slice(0, APPENDED_AT_ONCE);
      if (!this.#append(some)) return;
      this.#pending = this.#pending.slice(some.length);
    }
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#parts.log.write('info', 'ledger.append-recovered');
  }

  close(): void {
    this.flush();
    this.#retry?.cancel();
    this.#lost += this.#pending.length;
    if (this.#pending.length > 0) this.#parts.log.write('error', 'ledger.records-lost', { lost: this.#lost });
    this.#pending = [];
  }

  #append(pending: readonly Pending[]): boolean {
    const { segments, clock, log, onAppended } = this.#parts;
    let positions: readonly SegmentPosition[];
    try {
      positions = segments.append(pending.map(({ frame }) => frame));
    } catch (error) {
      if (!this.#isFailing) log.write('error', 'ledger.append-failed', { error, pending: this.#pending.length });
      this.#isFailing = true;
      this.#retry ??= clock.after(RETRY_MS, () => {
        this.#retry = undefined;
        this.flush();
      });
      return false;
    }
    for (const [index, position] of positions.entries()) {
      const appended = pending[index];
      if (appended !== undefined) onAppended(appended.record, position, appended.frame.byteLength);
    }
    this.#noticeSegment(positions.at(-1)?.segment);
    return true;
  }

  #noticeSegment(segment: string | undefined): void {
    if (this.#segment !== undefined && segment !== this.#segment) this.#parts.onSegmentLeft();
    this.#segment = segment;
  }
}
