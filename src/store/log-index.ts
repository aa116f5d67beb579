// The index of log chunks: which piece of which segment holds which time of which stream. The text is in the segments.

import type { LogSubscriptions } from './log-subscriptions.ts';
import type { Scope } from './store.ts';

export interface LogChunk {
  readonly scope: Scope;
  readonly group: string;
  readonly stream: string;
  readonly segment: string;
  readonly offset: number;
  readonly bytes: number;
  readonly events: number;
  /** The least and the greatest timestamp; at most `LIMITS.logChunkSpanMs` apart, so that a search by time has a place to begin. */
  readonly firstTimestampMs: number;
  readonly lastTimestampMs: number;
  readonly ingestedAtMs: number;
}

export interface IndexedLogChunk extends LogChunk {
  /** Grows with every chunk that is added; pages go on from it. */
  readonly sequence: number;
}

export interface LogStreamRow {
  readonly scope: Scope;
  readonly group: string;
  readonly stream: string;
  readonly createdAtMs: number;
  readonly firstTimestampMs: number | undefined;
  readonly lastTimestampMs: number | undefined;
  readonly lastIngestedAtMs: number | undefined;
  readonly storedBytes: number;
}

export interface ChunkQuery {
  readonly scope: Scope;
  readonly group: string;
  readonly streams?: readonly string[];
  readonly streamPrefix?: string;
  /** Chunks that overlap [from, to). */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly afterSequence?: number;
  readonly limit: number;
}

/** Chunks in the order of their times, for pages of events that are sorted by timestamp. */
export interface ChunkTimeQuery {
  readonly scope: Scope;
  readonly group: string;
  readonly streams?: readonly string[];
  readonly streamPrefix?: string;
  /** Chunks that overlap [from, to). */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** `oldest`: by (firstTimestampMs, sequence) upwards. `newest`: by (lastTimestampMs, sequence) downwards. */
  readonly order: 'oldest' | 'newest';
  /** Goes on after this chunk; `timestampMs` is the one that the order sorts by. */
  readonly after?: { readonly timestampMs: number; readonly sequence: number };
  readonly limit: number;
}

export interface LogIndex extends LogSubscriptions {
  /** Creates missing streams on the way. Not synced at once: the segments are the truth, and the tail is read again at start. */
  add(chunks: readonly LogChunk[]): Promise<void>;
  /** By sequence. */
  chunks(query: ChunkQuery): Promise<readonly IndexedLogChunk[]>;
  chunksByTime(query: ChunkTimeQuery): Promise<readonly IndexedLogChunk[]>;
  /**
   * The end of what was ever indexed of a segment; 0 when nothing was. Never goes back, not even when its chunks are removed or
   * expire: what lies before it is not indexed a second time.
   */
  indexedTo(segment: string): Promise<number>;
  /** False when it exists. */
  createStream(scope: Scope, group: string, stream: string, createdAtMs: number): Promise<boolean>;
  removeStream(scope: Scope, group: string, stream: string): Promise<boolean>;
  /** With its subscriptions. */
  removeGroup(scope: Scope, group: string): Promise<void>;
  streams(query: {
    readonly scope: Scope;
    readonly group: string;
    readonly prefix?: string;
    readonly orderBy: 'name' | 'lastEvent';
    readonly descending: boolean;
    readonly offset: number;
    readonly limit: number;
  }): Promise<readonly LogStreamRow[]>;
  stream(scope: Scope, group: string, stream: string): Promise<LogStreamRow | undefined>;
  storedBytes(scope: Scope, group: string): Promise<number>;
  /** Forgets a group's chunks that ended before `beforeMs` (retention). */
  expire(scope: Scope, group: string, beforeMs: number): Promise<void>;
  /** Of these segments, the ones that still hold an indexed chunk. */
  segmentsInUse(segments: readonly string[]): Promise<ReadonlySet<string>>;
}
