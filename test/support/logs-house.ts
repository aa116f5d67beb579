// The logs room over a store of its own, for tests: closed and removed when the test ends.

import type { TestContext } from 'node:test';
import type { AccountId, Clock, Random, Region, Scope } from '#kernel';
import { createLogs, type Logs } from '#logs';
import type { LogIndex, Segments } from '#store';
import { FakeClock } from './fake-clock.ts';
import { QuietLog } from './quiet-log.ts';
import { temporaryStore, type TemporaryStore } from './temporary-store.ts';

export const SCOPE: Scope = { account: '000000000000' as AccountId, region: 'us-east-1' as Region };

/** Always the same. */
export const stillRandom: Random = {
  uuid: () => '00000000-0000-4000-8000-000000000000',
  bytes: (count) => new Uint8Array(count),
  fraction: () => 0.5,
};

export interface LogsHouse<HouseClock extends Clock> extends TemporaryStore {
  readonly clock: HouseClock;
  readonly log: QuietLog;
  readonly logs: Logs;
  /** Another room over the same disk, as a process that starts after a crash has one. */
  again(): Promise<Logs>;
}

export interface LogsHouseOptions {
  readonly clock?: FakeClock;
  readonly segments?: (real: Segments) => Segments;
  readonly index?: (real: LogIndex) => LogIndex;
  readonly maxSegmentBytes?: number;
}

export async function logsHouse(test: Pick<TestContext, 'after'>, options: LogsHouseOptions = {}): Promise<LogsHouse<FakeClock>> {
  const { clock = new FakeClock(), segments = same, index = same, maxSegmentBytes } = options;
  const log = new QuietLog();
  const opened = await temporaryStore(test, { clock, log, ...(maxSegmentBytes === undefined ? {} : { maxSegmentBytes }) });
  const open = () =>
    createLogs({
      store: { ...opened.store, logs: index(opened.store.logs) },
      segments: segments(opened.segments),
      scopes: [SCOPE],
      clock,
      random: stillRandom,
      log,
    });
  const logs = open();
  await logs.start();
  return {
    ...opened,
    clock,
    log,
    logs,
    async again() {
      const next = open();
      await next.start();
      return next;
    },
  };
}

function same<Value>(value: Value): Value {
  return value;
}
