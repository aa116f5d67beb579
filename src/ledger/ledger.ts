// The ledger: usage records in, bills out.

import type { Clock, Log, Scope } from '#kernel';
import type { Segments, UsageTotals } from '#store';
import { billOf, chargeOfRecord, type Bill, type Charge } from './billing.ts';
import { Folding } from './folding.ts';
import { daysOf } from './month.ts';
import { AWS_PRICES, type PriceBook } from './price-book.ts';
import { findRecords, recentRecords, type RecentQuery } from './record-search.ts';
import { RecordWriter } from './record-writer.ts';
import { removeOldSegments } from './retention.ts';
import type { UsageRecord } from './usage-record.ts';

export interface Ledger {
  /**
   * Call it in the same turn as the answer. The record is with the kernel before any promise that settles afterwards runs its
   * reactions. Never throws; a full disk makes records wait.
   */
  record(record: UsageRecord): void;
  /** Hands over at once what was recorded in this turn, for an answer that is written without awaiting anything. */
  flush(): void;
  /** Folds everything that was recorded so far into the totals. Bills do it by themselves. */
  fold(): Promise<void>;
  bill(query: BillQuery): Promise<Bill>;
  /** The attempts of a request that are in the newest segments. */
  find(requestId: string): Promise<readonly UsageRecord[]>;
  /** Newest first, out of the newest segments. */
  recent(query: RecentQuery): Promise<readonly UsageRecord[]>;
  /** What one attempt costs by itself, without any free tier. */
  price(record: UsageRecord): Charge;
  /** Not appended yet, since the disk is full; and given up, since too many were waiting. */
  status(): { readonly pendingRecords: number; readonly lostRecords: number };
  /** Appends what waits. The segments and the store stay open. */
  close(): Promise<void>;
}

export interface BillQuery {
  readonly scope: Scope;
  /** `2026-11`, in UTC. An attempt belongs to the day on which it began. */
  readonly month: string;
  /** Takes off what the price book gives away. Off by default. */
  readonly freeTier?: boolean;
}

export interface LedgerParts {
  /** The ledger's own, which nobody else appends to. */
  readonly segments: Segments;
  readonly usage: UsageTotals;
  readonly clock: Clock;
  readonly log: Log;
  readonly prices?: PriceBook;
  /** How long single records are kept after they were folded. */
  readonly keepDays?: number;
}

const KEEP_DAYS = 35;

/** Folds what the last process left. */
export async function openLedger(parts: LedgerParts): Promise<Ledger> {
  const { segments, usage, clock, log, prices = AWS_PRICES, keepDays = KEEP_DAYS } = parts;
  const folding = new Folding({ segments, usage, log });
  const foldAndTidy = async (): Promise<void> => {
    await folding.fold();
    await removeOldSegments({ segments, usage, nowMs: clock.now(), keepDays });
  };
  const writer = new RecordWriter({
    segments,
    clock,
    log,
    onAppended: (record, position, bytes) => folding.appended(record, position, bytes),
    onSegmentLeft() {
      // Nothing is lost when it fails: the next segment, bill or start folds this one too.
      foldAndTidy().catch((error: unknown) => log.write('error', 'ledger.fold-failed', { error }));
    },
  });
  await foldAndTidy();

  const fold = (): Promise<void> => {
    writer.flush();
    return folding.fold();
  };
  return {
    record: (record) => writer.record(record),
    flush: () => writer.flush(),
    fold,
    async bill({ scope, month, freeTier = false }) {
      const { from, to } = daysOf(month);
      await fold();
      return billOf({ scope, month, totals: await usage.totals(scope, from, to), prices, freeTier });
    },
    find: (requestId) => findRecords(segments, requestId),
    recent: (query) => recentRecords(segments, query),
    price: (record) => chargeOfRecord(record, prices),
    status: () => ({ pendingRecords: writer.pendingRecords, lostRecords: writer.lostRecords }),
    async close() {
      writer.close();
      await fold();
    },
  };
}
