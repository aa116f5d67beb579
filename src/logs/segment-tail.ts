// Reads from the segments what the index does not know yet: after a crash, or after the index failed for a while.

import type { Log } from '#kernel';
import { readFrames, type LogChunk, type LogIndex, type Segments } from '#store';
import { entryOf } from './chunk.ts';

const CHUNKS_PER_STEP = 256;

export interface TailSource {
  readonly segments: Segments;
  readonly index: LogIndex;
  readonly log: Log;
}

/**
 * In the order of the segments; each array is small enough to be added in one step. A segment is read up to its first torn
 * frame, which only a crash leaves, at its end. What follows is never searched for more: a function could have written the bytes
 * of a chunk, with another tenant's name on it, into its own log.
 */
export async function* readUnindexed({ segments, index, log }: TailSource): AsyncGenerator<readonly LogChunk[]> {
  for (const { segment, bytes } of await segments.list()) {
    let end = await index.indexedTo(segment);
    let found: LogChunk[] = [];
    for await (const frame of readFrames(segments, { segment, from: end, to: bytes })) {
      found.push(entryOf(segment, frame));
      end = frame.end;
      if (found.length < CHUNKS_PER_STEP) continue;
      yield found;
      found = [];
    }
    if (found.length > 0) yield found;
    if (end < bytes) log.write('warn', 'logs.tail-torn', { segment, offset: end, bytes: bytes - end });
  }
}
