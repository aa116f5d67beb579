// Looks for single records, from the newest segment backwards and no further than a bound: for "what did this invocation cost?",
// which is asked right after it. Bills are made from totals and read no records.

import type { Scope } from '#kernel';
import { readFrames, type Segments } from '#store';
import { decodeRecord, type UsageRecord } from './usage-record.ts';

/** A second or so of reading; some hundred thousand records. */
const SEARCHED_BYTES = 128 * 1024 * 1024;

/** By attempt. */
export async function findRecords(segments: Segments, requestId: string): Promise<readonly UsageRecord[]> {
  const found = new Map<number, UsageRecord>();
  const wanted = Buffer.from(requestId);
  for await (const frames of newestFirst(segments)) {
    for (const bytes of frames) {
      if (!includes(bytes, wanted)) continue;
      const record = decodeRecord(bytes);
      if (record?.requestId === requestId) found.set(record.attempt, record);
    }
  }
  return [...found.values()].sort((left, right) => left.attempt - right.attempt);
}

/** Reading the text of every record takes ten times as long as looking for a word in its bytes. */
function includes(bytes: Uint8Array, wanted: Buffer): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(wanted);
}

export interface RecentQuery {
  readonly scope: Scope;
  readonly functionName?: string;
  readonly limit: number;
}

/** Newest first. */
export async function recentRecords(
  segments: Segments,
  { scope, functionName, limit }: RecentQuery,
): Promise<readonly UsageRecord[]> {
  const found: UsageRecord[] = [];
  const wanted = Buffer.from(functionName ?? scope.account);
  for await (const frames of newestFirst(segments)) {
    for (const bytes of frames.toReversed()) {
      if (found.length >= limit) return found;
      if (!includes(bytes, wanted)) continue;
      const record = decodeRecord(bytes);
      if (record === undefined || record.scope.account !== scope.account || record.scope.region !== scope.region) continue;
      if (functionName === undefined || record.functionName === functionName) found.push(record);
    }
  }
  return found;
}

/** The records of each segment, oldest first within it. */
async function* newestFirst(segments: Segments): AsyncGenerator<readonly Uint8Array[]> {
  let searched = 0;
  for (const { segment, bytes } of (await segments.list()).toReversed()) {
    if (searched > 0 && searched + bytes > SEARCHED_BYTES) return;
    searched += bytes;
    yield await recordsIn(segments, segment, bytes);
  }
}

async function recordsIn(segments: Segments, segment: string, bytes: number): Promise<readonly Uint8Array[]> {
  const records: Uint8Array[] = [];
  try {
    for await (const { record } of readFrames(segments, { segment, from: 0, to: bytes })) records.push(record);
  } catch (error) {
    // Retention removed it since it was listed: its records are as gone as the older ones'.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  return records;
}
