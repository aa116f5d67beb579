// Receipt handles: which receive of which message of which queue, and when it was. A check sum tells what was never one.

import { crc32 } from 'node:zlib';
import type { Receipt } from '#store';
import { invalidReceiptHandle } from './queue-answers.ts';

export interface ReceiptHandle extends Receipt {
  readonly receivedAtMs: number;
}

const VERSION = 1;
const CHECKED_BYTES = 1 + 6 + 6 + 4 + 6;
const BYTES = CHECKED_BYTES + 4;

export function receiptHandle(queue: number, { sequence, receive, receivedAtMs }: ReceiptHandle): string {
  const bytes = Buffer.allocUnsafe(BYTES);
  bytes[0] = VERSION;
  bytes.writeUIntBE(queue, 1, 6);
  bytes.writeUIntBE(sequence, 7, 6);
  bytes.writeUInt32BE(receive, 13);
  bytes.writeUIntBE(receivedAtMs, 17, 6);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, CHECKED_BYTES)), CHECKED_BYTES);
  return bytes.toString('base64');
}

/** Throws ReceiptHandleIsInvalid for what is none, and for one of another queue. */
export function parseReceiptHandle(queue: number, handle: string): ReceiptHandle {
  const bytes = Buffer.from(handle, 'base64');
  const isOne =
    bytes.length === BYTES &&
    bytes[0] === VERSION &&
    crc32(bytes.subarray(0, CHECKED_BYTES)) === bytes.readUInt32BE(CHECKED_BYTES) &&
    bytes.readUIntBE(1, 6) === queue;
  if (!isOne) throw invalidReceiptHandle(handle);
  return { sequence: bytes.readUIntBE(7, 6), receive: bytes.readUInt32BE(13), receivedAtMs: bytes.readUIntBE(17, 6) };
}
