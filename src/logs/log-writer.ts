// The way of log chunks to the disk: appended to a segment at once, then to the index, in the order of the segment.
//
// Owns: the queue of chunks that are in a segment and not yet in the index, and the lane in which the index changes.
// Never: holds up whoever appends, nor holds text that is not in a segment.
// Invariants:
//   I1  Chunks reach the index in the order of the segment, so that "indexed to" has nothing unindexed before it.
//   I2  The queue is bounded. When it is full, or the index fails, it is dropped and what is missing is read from the segments again.
//   I3  What removes from the index runs in the lane: what was appended before is removed, what comes after stays.

import type { Clock, Log, Timer } from '#kernel';
import type { LogChunk, LogIndex, Segments } from '#store';
import type { EncodedChunk } from './chunk.ts';
import { readUnindexed } from './segment-tail.ts';

export interface LogWriterOptions {
  readonly segments: Segments;
  readonly index: LogIndex;
  /** Makes the groups of chunks that are to be indexed, where they are missing. */
  readonly ensureGroups: (chunks: readonly LogChunk[]) => Promise<void>;
  /** Called with what can be read from now on. */
  readonly onIndexed: (chunks: readonly LogChunk[]) => void;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Backlog {
  /** Chunks that wait for the index. */
  readonly chunks: number;
  /** More wait in the segments. */
  readonly isBehind: boolean;
  /** What the index said the last time, while it fails. */
  readonly failure: string | undefined;
}

const CHUNKS_PER_STEP = 256;
const QUEUE_MAX = 4096;
const RETRY_MS = 1000;

export class LogWriter {
  readonly #options: LogWriterOptions;
  #queue: LogChunk[] = [];
  #lane: Promise<void> = Promise.resolve();
  #isScheduled = false;
  #isDraining = false;
  /** The index misses chunks that only the segments hold (I2). True until the first look at the segments, after a start. */
  #isBehind = true;
  #isCatchingUp = false;
  #failure: string | undefined;
  #retry: Timer | undefined;

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  get backlog(): Backlog {
    return { chunks: this.#queue.length, isBehind: this.#isBehind || this.#isCatchingUp, failure: this.#failure };
  }

  /** Hands the chunks to the kernel before it returns. Throws when the disk does not take them. */
  append(chunks: readonly EncodedChunk[]): void {
    const positions = this.#options.segments.append(chunks.map((chunk) => chunk.bytes));
    if (this.#isBehind) return;
    if (this.#queue.length + chunks.length > QUEUE_MAX) {
      this.#queue = [];
      this.#isBehind = true;
    } else {
      for (const [place, { bytes, entry }] of chunks.entries()) {
        const position = positions[place];
        if (position !== undefined) this.#queue.push({ ...entry, ...position, bytes: bytes.length });
      }
    }
    this.#schedule();
  }

  /** Resolves when everything that was appended before is on the disk. */
  sync(): Promise<void> {
    return this.#options.segments.sync();
  }

  /** Resolves when everything that was appended before can be read, or the index has failed and will be tried again. */
  async settled(): Promise<void> {
    const isAtRest = !this.#isScheduled && !this.#isDraining && !this.#isBehind && this.#queue.length === 0;
    if (!isAtRest) await this.exclusively(async () => undefined);
  }

  /** Runs `step` when all that was appended before is indexed and nothing else changes the index (I3). */
  exclusively<Result>(step: () => Promise<Result>): Promise<Result> {
    const run = this.#lane.then(() => this.#drain()).then(step);
    this.#lane = run.then(ignore, ignore);
    return run;
  }

  async close(): Promise<void> {
    this.#retry?.cancel();
    await this.settled();
    this.#retry?.cancel();
    await this.sync();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#lane = this.#lane.then(() => this.#drain());
  }

  async #drain(): Promise<void> {
    this.#isScheduled = false;
    this.#isDraining = true;
    try {
      if (this.#isBehind) await this.#catchUp();
      while (this.#queue.length > 0) await this.#add(this.#queue.splice(0, CHUNKS_PER_STEP));
      this.#failure = undefined;
    } catch (error) {
      // The chunks are safe in their segments: whoever wrote them need not know.
      this.#queue = [];
      this.#isBehind = true;
      this.#failure = error instanceof Error ? error.message : String(error);
      this.#options.log.write('error', 'logs.index-failed', { message: this.#failure, nextTryMs: RETRY_MS });
      this.#retry?.cancel();
      this.#retry = this.#options.clock.after(RETRY_MS, () => this.#schedule());
    } finally {
      this.#isDraining = false;
      this.#isCatchingUp = false;
    }
  }

  /** What is appended meanwhile is queued, and perhaps read from its segment too: the index takes a chunk once. */
  async #catchUp(): Promise<void> {
    this.#isBehind = false;
    this.#isCatchingUp = true;
    for await (const chunks of readUnindexed(this.#options)) await this.#add(chunks);
    this.#isCatchingUp = false;
  }

  async #add(chunks: readonly LogChunk[]): Promise<void> {
    await this.#options.ensureGroups(chunks);
    await this.#options.index.add(chunks);
    this.#options.onIndexed(chunks);
  }
}

function ignore(): void {}
