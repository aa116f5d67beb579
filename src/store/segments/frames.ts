// Records with their length and checksum before them, so that whoever reads a segment after a power cut knows where it was torn:
//
//     u32 length, big-endian, at least 1 | u32 CRC-32 of the record | the record
//
// A hole of zeros, which a disk may leave where data was not synced, is no frame, since no length is 0.

import { crc32 } from 'node:zlib';
import type { Segments } from '../segments.ts';

const HEADER_BYTES = 8;
const BLOCK_BYTES = 1024 * 1024;

export interface Frame {
  readonly record: Uint8Array;
  /** Of the frame in its segment; the next one begins at `end`. */
  readonly offset: number;
  readonly end: number;
}

export function encodeFrame(record: Uint8Array): Uint8Array {
  if (record.byteLength === 0) throw new RangeError('An empty record cannot be told from a hole in the file.');
  const frame = Buffer.allocUnsafe(HEADER_BYTES + record.byteLength);
  frame.writeUInt32BE(record.byteLength, 0);
  frame.writeUInt32BE(crc32(record), 4);
  frame.set(record, HEADER_BYTES);
  return frame;
}

/** The whole frames at the front of `bytes`, up to the first that is torn or not all there. `base` is the offset of `bytes`. */
export function* decodeFrames(bytes: Uint8Array, base: number): Generator<Frame, void, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + HEADER_BYTES <= bytes.byteLength) {
    const length = view.getUint32(at);
    const end = at + HEADER_BYTES + length;
    if (length === 0 || end > bytes.byteLength) return;
    const record = bytes.subarray(at + HEADER_BYTES, end);
    if (crc32(record) !== view.getUint32(at + 4)) return;
    yield { record, offset: base + at, end: base + end };
    at = end;
  }
}

export interface FrameQuery {
  readonly segment: string;
  /** Where a frame begins. */
  readonly from: number;
  /** The end of what to read, such as the segment's length now. */
  readonly to: number;
}

/** The frames of a segment, in order, a block at a time; ends at `to` or at the first frame that is torn. */
export async function* readFrames(segments: Segments, { segment, from, to }: FrameQuery): AsyncGenerator<Frame, void, undefined> {
  let at = from;
  let wanted = BLOCK_BYTES;
  while (at < to) {
    const bytes = await segments.read({ segment, offset: at }, Math.min(wanted, to - at));
    const before = at;
    for (const frame of decodeFrames(bytes, at)) {
      yield frame;
      at = frame.end;
    }
    if (at > before) {
      wanted = BLOCK_BYTES;
      continue;
    }
    // Not one whole frame: torn, unless it is a frame larger than the block.
    const needed = neededBytes(bytes);
    if (needed <= bytes.byteLength || needed > to - at || bytes.byteLength < Math.min(wanted, to - at)) return;
    wanted = needed;
  }
}

function neededBytes(bytes: Uint8Array): number {
  if (bytes.byteLength < HEADER_BYTES) return 0;
  return HEADER_BYTES + new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES).getUint32(0);
}
