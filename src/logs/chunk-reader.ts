// Reads chunks back from their segments, several at a time and in order.

import type { Log } from '#kernel';
import type { IndexedLogChunk, Segments } from '#store';
import { decodeChunk } from './chunk.ts';
import { eventsOf, type LogEvent } from './log-event.ts';

/** Reads under way at once. Every invocation leaves a small chunk, and one read after another would wait for each. */
const READS_AHEAD = 16;
const READS_AHEAD_BYTES = 4 * 1024 * 1024;

export interface ReadChunk {
  readonly chunk: IndexedLogChunk;
  readonly events: readonly LogEvent[];
}

export class ChunkReader {
  readonly #segments: Segments;
  readonly #log: Log;
  #damaged = 0;

  constructor(segments: Segments, log: Log) {
    this.#segments = segments;
    this.#log = log;
  }

  /** Chunks whose bytes no longer are what was written. */
  get damagedChunks(): number {
    return this.#damaged;
  }

  async *read(chunks: readonly IndexedLogChunk[]): AsyncGenerator<ReadChunk> {
    for (const batch of batches(chunks)) {
      const contents = await Promise.all(batch.map((chunk) => this.#bytes(chunk)));
      for (const [place, chunk] of batch.entries()) {
        const bytes = contents[place];
        if (bytes !== undefined) yield { chunk, events: this.#events(chunk, bytes) };
      }
    }
  }

  /** Undefined when its segment is gone: retention or a removal came first. */
  async #bytes(chunk: IndexedLogChunk): Promise<Uint8Array | undefined> {
    try {
      return await this.#segments.read(chunk, chunk.bytes);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #events(chunk: IndexedLogChunk, bytes: Uint8Array): readonly LogEvent[] {
    const lines = decodeChunk(bytes);
    if (lines !== undefined) return eventsOf(chunk, lines);
    this.#damaged += 1;
    this.#log.write('error', 'logs.chunk-damaged', {
      segment: chunk.segment,
      offset: chunk.offset,
      group: chunk.group,
      stream: chunk.stream,
    });
    return [];
  }
}

function* batches(chunks: readonly IndexedLogChunk[]): Generator<readonly IndexedLogChunk[]> {
  let batch: IndexedLogChunk[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    if (batch.length === READS_AHEAD || (batch.length > 0 && bytes + chunk.bytes > READS_AHEAD_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(chunk);
    bytes += chunk.bytes;
  }
  if (batch.length > 0) yield batch;
}
