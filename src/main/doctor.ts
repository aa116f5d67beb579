// The doctor's report of a running platform: whether its isolation holds now, what it can run, and what it does otherwise than it was asked.

import type { NetworkMode, Scope } from '#kernel';
import type { Ledger } from '#ledger';
import type { Logs } from '#logs';
import type { Pool } from '#pool';
import type { Registry } from '#registry';
import { LaunchFailed } from '#sandbox';
import type { Launcher, TriedAttempt } from '#sandbox';
import type { Tenancy } from '#invocation';
import type { EventSources } from './event-rooms.ts';
import type { ChosenIsolation } from './isolation.ts';

export interface DoctorSources {
  readonly scope: Scope;
  readonly registry: Pick<Registry, 'survey'>;
  readonly ledger: Ledger;
  readonly logs: Logs;
  readonly pool: Pool<Tenancy>;
  readonly launcher: Launcher;
  readonly courier: EventSources['courier'];
  readonly isolation: ChosenIsolation;
  /** Whose rights the process has that parses requests, in a sentence. */
  readonly rights: string;
  /** Of functions that say nothing about it. */
  readonly network: NetworkMode;
}

/** `problems` are what the platform knows by itself; a hole that the self-test finds comes first. */
export async function doctorReport(sources: DoctorSources, problems: readonly string[]): Promise<object> {
  const { launcher, isolation, pool, logs, ledger, registry, scope, network, rights } = sources;
  const { report } = isolation;
  const tried = await selfTest(launcher);
  return {
    account: scope.account,
    region: scope.region,
    isolation: {
      level: launcher.level,
      promise: launcher.promise,
      rights,
      limits: report.limits,
      notes: report.notes,
      selfTest: tried,
    },
    networks: { default: network, enforced: launcher.networks, notes: launcher.networkNotes },
    runtimes: launcher.runtimes(),
    pool: pool.snapshot(),
    events: await eventReport(sources.courier),
    logs: logs.health(),
    ledger: ledger.status(),
    problems: [...holesIn(tried), ...problems],
    /** What functions asked for and have in another way. */
    warnings: await registry.survey(scope),
    /** What is stored and has no effect here. */
    notHonoured: [
      'The policies of IAM roles are not evaluated: a function may do what src/identity/decision.ts lists, whatever its role says.',
    ],
  };
}

/** Which targets of topics, rules, schedules and buckets cannot be reached, since when, and how much waits for them. */
async function eventReport(courier: EventSources['courier']): Promise<object> {
  const { failing, deadLettered, dropped } = courier.health();
  const backlog = await courier.backlog();
  return {
    waiting: [...backlog.values()].reduce((sum, count) => sum + count, 0),
    deadLettered,
    dropped,
    failing: failing.map(({ target, sinceMs, failures, lastFailure }) => ({
      target,
      since: new Date(sinceMs).toISOString(),
      failures,
      waiting: backlog.get(target) ?? 0,
      code: lastFailure.code,
      reason: lastFailure.message,
    })),
  };
}

/** A self-test that cannot be made is a finding, and no reason to say nothing else. */
async function selfTest(launcher: Launcher): Promise<readonly TriedAttempt[]> {
  try {
    return await launcher.selfTest();
  } catch (error) {
    if (!(error instanceof LaunchFailed)) throw error;
    return [{ attempt: 'start a sandbox for the self-test', found: error.message }];
  }
}

const holesIn = (tried: readonly TriedAttempt[]): readonly string[] =>
  tried.flatMap(({ found }) =>
    found === undefined ? [] : [`The isolation does not hold: ${found}. Stop the platform until it does.`],
  );
