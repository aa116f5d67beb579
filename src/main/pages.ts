// What the platform says of itself at /_mayfly/: health, the bill, what a request used, and the doctor's report.

import type { PlatformPages } from '#gateway';
import type { Executions } from '#executions';
import type { Clock } from '#kernel';
import type { LogsHealth } from '#logs';
import type { Queues } from '#queues';
import type { StoreFailure } from '#store';
import { doctorReport } from './doctor.ts';
import type { DoctorSources } from './doctor.ts';

export interface PageSources extends DoctorSources {
  readonly clock: Clock;
  readonly storeFailure: () => StoreFailure | undefined;
  readonly queues: Pick<Queues, 'peek'>;
  readonly executions: Pick<Executions, 'finished' | 'follow'>;
}

export function platformPages(sources: PageSources): PlatformPages {
  const { scope, clock, ledger } = sources;
  return {
    async health() {
      const problems = problemsOf(sources);
      return { status: problems.length === 0 ? 'ok' : 'degraded', problems, events: await eventHealth(sources) };
    },
    bill: (month) => ledger.bill({ scope, month: month ?? new Date(clock.now()).toISOString().slice(0, 7) }),
    async usage(requestId) {
      const records = await ledger.find(requestId);
      return { attempts: records.map((record) => ({ ...record, charge: ledger.price(record) })) };
    },
    doctor: () => doctorReport(sources, problemsOf(sources)),
    async messages(queue, limit) {
      const found = await sources.queues.peek({ scope, name: queue }, limit);
      // The receipt handles of a look are good for nothing.
      return { messages: found.map((message) => ({ ...message, receiptHandle: undefined })) };
    },
    async executionEnd(executionArn, waitSeconds, signal) {
      const over = new AbortController();
      const timer = clock.after(waitSeconds * 1000, () => over.abort());
      try {
        return await sources.executions.finished({ scope, executionArn }, AbortSignal.any([signal, over.signal]));
      } finally {
        timer.cancel();
      }
    },
    followEnds: (follower) =>
      sources.executions.follow((executionArn, { outcome, startedAtMs, endedAtMs }) =>
        follower({ executionArn, ...outcome, startedAtMs, endedAtMs }),
      ),
  };
}

/** Counts, and no names: anybody may ask. Nobody waits for an exact count of a hundred thousand. */
const COUNTED = 10_000;

async function eventHealth({ courier, storeFailure }: PageSources) {
  const { failingTargets, deadLettered, dropped } = courier.health();
  const waiting = storeFailure() === undefined ? await courier.waiting(COUNTED) : 0;
  return { waiting, failingTargets, deadLettered, dropped };
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
