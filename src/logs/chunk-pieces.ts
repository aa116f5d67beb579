// How lines are shared out to chunks: what one chunk may hold, in bytes and in time.

import { LIMITS } from '#kernel';
import type { LogLine } from './log-event.ts';

/** What a line counts for, as AWS counts events. */
export function bytesOf(line: LogLine): number {
  return Buffer.byteLength(line.text) + LIMITS.logEventOverheadBytes;
}

/** The lines in their order, in rows that each fit into a chunk. A line larger than a chunk has one to itself. */
export function chunkPieces(lines: readonly LogLine[]): readonly (readonly LogLine[])[] {
  const pieces: LogLine[][] = [];
  let piece: LogLine[] = [];
  let bytes = 0;
  let first = Infinity;
  let last = -Infinity;
  for (const line of lines) {
    const lineBytes = bytesOf(line);
    const isTooLarge = bytes + lineBytes > LIMITS.logChunkBytes;
    const isTooLong = Math.max(last, line.timestampMs) - Math.min(first, line.timestampMs) > LIMITS.logChunkSpanMs;
    if (piece.length > 0 && (isTooLarge || isTooLong)) {
      pieces.push(piece);
      piece = [];
      bytes = 0;
      first = Infinity;
      last = -Infinity;
    }
    piece.push(line);
    bytes += lineBytes;
    first = Math.min(first, line.timestampMs);
    last = Math.max(last, line.timestampMs);
  }
  if (piece.length > 0) pieces.push(piece);
  return pieces;
}

/** A text as texts of at most `limit` bytes each; a character is never cut in two. */
export function cutText(text: string, limit: number): readonly string[] {
  // UTF-8 takes at most three bytes a UTF-16 unit.
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return [text];
  const bytes = Buffer.from(text);
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    let end = Math.min(at + limit, bytes.length);
    // 10xxxxxx continues a character that began before.
    while (end < bytes.length && end > at + 1 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    texts.push(bytes.toString('utf8', at, end));
    at = end;
  }
  return texts;
}
