// What the platform says of itself at /_mayfly/: health, the bill, what a request used, and the doctor's report.

import type { PlatformPages } from '#gateway';
import type { Clock, Scope } from '#kernel';
import type { Ledger } from '#ledger';
import type { Logs, LogsHealth } from '#logs';
import type { Pool } from '#pool';
import type { Launcher } from '#sandbox';
import type { StoreFailure } from '#store';
import type { Tenancy } from '#invocation';
import type { ChosenIsolation } from './isolation.ts';

export interface PageSources {
  readonly scope: Scope;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly logs: Logs;
  readonly pool: Pool<Tenancy>;
  readonly launcher: Launcher;
  readonly isolation: ChosenIsolation;
  readonly storeFailure: () => StoreFailure | undefined;
}

export function platformPages(sources: PageSources): PlatformPages {
  const { scope, clock, ledger } = sources;
  return {
    health() {
      const problems = problemsOf(sources);
      return { status: problems.length === 0 ? 'ok' : 'degraded', problems };
    },
    bill: (month) => ledger.bill({ scope, month: month ?? new Date(clock.now()).toISOString().slice(0, 7) }),
    async usage(requestId) {
      const records = await ledger.find(requestId);
      return { attempts: records.map((record) => ({ ...record, charge: ledger.price(record) })) };
    },
    doctor: async () => doctor(sources),
  };
}

function problemsOf({ logs, ledger, storeFailure }: PageSources): readonly string[] {
  const problems: string[] = [];
  const failure = storeFailure();
  if (failure !== undefined) problems.push(`Nothing can be saved: ${failure.message}`);
  problems.push(...logProblems(logs.health()));
  const { pendingRecords, lostRecords } = ledger.status();
  if (pendingRecords > 0) problems.push(`${pendingRecords} usage records wait for the disk, which is full or failing.`);
  if (lostRecords > 0)
    problems.push(
      `${lostRecords} usage records were lost since the start, since the disk took none: those invocations are not billed.`,
    );
  return problems;
}

function logProblems({ isHealthy, dropped, indexFailure, damagedChunks }: LogsHealth): readonly string[] {
  if (isHealthy) return [];
  const problems: string[] = [];
  if (dropped.lines > 0)
    problems.push(`${dropped.lines} log lines of functions were dropped since the start: ${dropped.lastDiskError ?? 'a flood'}.`);
  if (indexFailure !== undefined)
    problems.push(`The log index fails (${indexFailure}). Nothing is lost: it will be read from the segments.`);
  if (damagedChunks > 0) problems.push(`${damagedChunks} damaged log chunks were found: check the disk.`);
  return problems;
}

function doctor(sources: PageSources): object {
  const { launcher, isolation, pool, logs, ledger, scope } = sources;
  const { report } = isolation;
  return {
    account: scope.account,
    region: scope.region,
    isolation: {
      level: launcher.level,
      promise: launcher.promise,
      limits: report.limits,
      notes: report.notes,
    },
    pool: pool.snapshot(),
    logs: logs.health(),
    ledger: ledger.status(),
    problems: problemsOf(sources),
    /** What is stored and has no effect here. */
    notHonoured: [
      'The policies of IAM roles are not evaluated: a function may do what src/identity/decision.ts lists, whatever its role says.',
    ],
  };
}
