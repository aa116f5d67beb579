// Usage records for tests.

import type { AccountId, Region } from '#kernel';
import type { UsageRecord } from '#ledger';

export const NOON = Date.UTC(2026, 10, 20, 12);

export function usageRecord(changed: Partial<UsageRecord> = {}): UsageRecord {
  return {
    requestId: '3a9ee5f6-5a0c-4c40-8a3b-6d8f0f6f0001',
    attempt: 1,
    functionName: 'thumbnail',
    functionVersion: '$LATEST',
    scope: { account: '000000000000' as AccountId, region: 'us-east-1' as Region },
    startedAtMs: NOON,
    initMs: 0,
    durationMs: 99.5,
    billedMs: 100,
    memoryMiB: 128,
    ephemeralMiB: 512,
    outcome: 'returned',
    start: 'warm',
    ...changed,
  };
}
