// Log chunks: how some events of one stream stand in a segment, such that the index can be made again from the segment alone.
//
//   a frame of the segment, whose record is
//     u32 header bytes | header (JSON, UTF-8) | events, zstd-compressed when that is smaller
//   events, each: f64 timestamp | u32 text bytes | text (UTF-8)
//
// Numbers are little-endian.

import assert from 'node:assert/strict';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { LIMITS, type Scope } from '#kernel';
import { decodeFrames, encodeFrame, type Frame, type LogChunk } from '#store';
import type { LogLine } from './log-event.ts';

const EVENT_BYTES = 12;

/** Below this, compressing saves less than it costs (measured: 22 µs and 1.1 KiB for 1.5 KiB of JSON lines). */
const COMPRESSED_FROM_BYTES = 512;
const FASTEST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

interface ChunkHeader {
  readonly account: string;
  readonly region: string;
  readonly group: string;
  readonly stream: string;
  readonly events: number;
  readonly first: number;
  readonly last: number;
  readonly ingested: number;
  /** Bytes of the events before compression; absent when they are not compressed. */
  readonly unpacked?: number;
}

export interface ChunkOrigin {
  readonly scope: Scope;
  readonly group: string;
  readonly stream: string;
  readonly ingestedAtMs: number;
}

/** A chunk as the bytes of its frame, with what the index will say of it once its place is known. */
export interface EncodedChunk {
  readonly bytes: Uint8Array;
  readonly entry: Omit<LogChunk, 'segment' | 'offset' | 'bytes'>;
}

export function encodeChunk(origin: ChunkOrigin, lines: readonly LogLine[]): EncodedChunk {
  assert(lines.length > 0, 'a chunk holds at least one event');
  const events = packEvents(lines);
  const compressed = events.length < COMPRESSED_FROM_BYTES ? events : zstdCompressSync(events, FASTEST);
  const isSmaller = compressed.length < events.length;
  const timestamps = lines.map((line) => line.timestampMs);
  const first = least(timestamps);
  const last = greatest(timestamps);
  assert(last - first <= LIMITS.logChunkSpanMs, 'a chunk spans more time than a search expects');
  const header: ChunkHeader = {
    account: origin.scope.account,
    region: origin.scope.region,
    group: origin.group,
    stream: origin.stream,
    events: lines.length,
    first,
    last,
    ingested: origin.ingestedAtMs,
    ...(isSmaller ? { unpacked: events.length } : {}),
  };
  return {
    bytes: encodeFrame(record(Buffer.from(JSON.stringify(header)), isSmaller ? compressed : events)),
    entry: { ...origin, events: lines.length, firstTimestampMs: first, lastTimestampMs: last },
  };
}

function record(header: Buffer, events: Uint8Array): Uint8Array {
  const headerBytes = Buffer.allocUnsafe(4);
  headerBytes.writeUInt32LE(header.length);
  return Buffer.concat([headerBytes, header, events]);
}

function packEvents(lines: readonly LogLine[]): Buffer {
  const lengths = lines.map((line) => Buffer.byteLength(line.text));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + EVENT_BYTES + length, 0));
  let at = 0;
  for (const [index, line] of lines.entries()) {
    const length = lengths[index] ?? 0;
    bytes.writeDoubleLE(line.timestampMs, at);
    bytes.writeUInt32LE(length, at + 8);
    // Half a surrogate pair becomes U+FFFD, which has as many bytes as `byteLength` counted.
    bytes.write(line.text, at + EVENT_BYTES);
    at += EVENT_BYTES + length;
  }
  return bytes;
}

/** What the index says of a chunk that stands in a segment. */
export function entryOf(segment: string, { record, offset, end }: Frame): LogChunk {
  const { header } = readRecord(record);
  return {
    // What stands in a whole frame was written by `encodeChunk`, from names that had passed their parsers.
    scope: { account: header.account, region: header.region } as Scope,
    group: header.group,
    stream: header.stream,
    segment,
    offset,
    bytes: end - offset,
    events: header.events,
    firstTimestampMs: header.first,
    lastTimestampMs: header.last,
    ingestedAtMs: header.ingested,
  };
}

/** The events of a chunk in the order in which they were written; undefined when the bytes are damaged. */
export function decodeChunk(bytes: Uint8Array): readonly LogLine[] | undefined {
  const [frame] = decodeFrames(bytes, 0);
  if (frame === undefined) return undefined;
  const { header, packed } = readRecord(frame.record);
  const events = header.unpacked === undefined ? packed : zstdDecompressSync(packed, { maxOutputLength: header.unpacked });
  const lines: LogLine[] = [];
  for (let at = 0; at < events.length;) {
    const end = at + EVENT_BYTES + events.readUInt32LE(at + 8);
    lines.push({ timestampMs: events.readDoubleLE(at), text: events.toString('utf8', at + EVENT_BYTES, end) });
    at = end;
  }
  assert.equal(lines.length, header.events, 'a whole chunk holds what its header says');
  return lines;
}

function readRecord(record: Uint8Array): { readonly header: ChunkHeader; readonly packed: Buffer } {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  const headerEnd = 4 + bytes.readUInt32LE(0);
  return { header: JSON.parse(bytes.toString('utf8', 4, headerEnd)) as ChunkHeader, packed: bytes.subarray(headerEnd) };
}

/** Not `Math.min(...timestamps)`: a batch has up to 10 000. */
function least(numbers: readonly number[]): number {
  return numbers.reduce((found, number) => Math.min(found, number), Infinity);
}

function greatest(numbers: readonly number[]): number {
  return numbers.reduce((found, number) => Math.max(found, number), -Infinity);
}
