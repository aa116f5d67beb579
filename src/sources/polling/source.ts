// Where the records of a mapping or a pipe come from. A queue is one such source; a shard of a stream could be another: it would be
// ordered, acknowledge by moving its checkpoint, and give back by reading again from there.

export interface SourceRecord {
  /** By which a function says that it failed. */
  readonly id: string;
  /** Records of one group are in order; undefined where there is none. */
  readonly group: string | undefined;
  /** As it lies in the event, JSON text and its size. */
  readonly json: string;
  readonly bytes: number;
  /** `AWSTraceHeader`, where it came with one. */
  readonly traceHeader: string | undefined;
  /** The same as a document, for filters and templates. */
  readonly document: Readonly<Record<string, unknown>>;
}

export interface Source<Record extends SourceRecord = SourceRecord> {
  /** Records of a group may not overtake each other: a receive is one batch, and its groups are given out again when it is done with. */
  readonly isOrdered: boolean;
  /**
   * Waits until there is something, by notice. At most `wanted`, and fewer where they are large; none when `signal` aborted. Rejects with
   * SourceMissing where there is no such source.
   */
  receive(wanted: number, signal: AbortSignal): Promise<readonly Record[]>;
  /** They are done with. */
  acknowledge(records: readonly Record[]): Promise<void>;
  /** Nothing was done with them: they can be received again at once, and this receive does not count. */
  giveBack(records: readonly Record[]): Promise<void>;
}

/** `windowMs`: how long a record may wait for its batch. */
export type OpenSource = (source: { readonly arn: string; readonly windowMs: number }) => Source;

export class SourceMissing extends Error {
  constructor(arn: string) {
    super(`There is no ${arn}.`);
    this.name = 'SourceMissing';
  }
}
