// Removes segments whose records were folded long enough ago. The totals stay; what goes is the single record.

import { readFrames, type Segments, type UsageTotals } from '#store';
import { decodeRecord } from './usage-record.ts';

export interface RetentionParts {
  readonly segments: Segments;
  readonly usage: UsageTotals;
  readonly nowMs: number;
  readonly keepDays: number;
}

const DAY_MS = 86_400_000;

/** A segment is as old as the first record of the one after it, which was written when this one was left. */
export async function removeOldSegments({ segments, usage, nowMs, keepDays }: RetentionParts): Promise<void> {
  const list = await segments.list();
  for (const [index, { segment, bytes }] of list.entries()) {
    const next = list[index + 1];
    if (next === undefined) return;
    const leftAtMs = await firstRecordMs(segments, next);
    if (leftAtMs === undefined || nowMs - leftAtMs <= keepDays * DAY_MS) return;
    if ((await usage.foldedTo(segment)) < bytes) return;
    await segments.remove(segment);
  }
}

async function firstRecordMs(
  segments: Segments,
  { segment, bytes }: { readonly segment: string; readonly bytes: number },
): Promise<number | undefined> {
  for await (const { record } of readFrames(segments, { segment, from: 0, to: bytes })) return decodeRecord(record)?.startedAtMs;
  return undefined;
}
