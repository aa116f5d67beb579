// The Segments port: append-only files for what comes in floods (usage records, log lines). An append is handed to the kernel in
// the same turn, so a killed process loses none of it; `sync` runs once a second, so a power cut costs at most that.

export interface SegmentPosition {
  readonly segment: string;
  readonly offset: number;
}

export interface Segments {
  /** Synchronous, one write for all records; never splits a record over two segments. Throws when the disk is full. */
  append(records: readonly Uint8Array[]): readonly SegmentPosition[];
  read(position: SegmentPosition, bytes: number): Promise<Uint8Array>;
  /** Oldest first; the last one is being written. */
  list(): Promise<readonly { readonly segment: string; readonly bytes: number }[]>;
  /** Not the one being written. */
  remove(segment: string): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}
