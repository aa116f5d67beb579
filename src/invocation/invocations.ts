// The room's face: synchronous invocations now, events durably first.
// Owns: nothing itself; it opens and closes what the room is made of.

import type { Clock, FunctionName, Log, Scope } from '#kernel';
import type { Pool, ProvisionedState } from '#pool';
import type { Invocables } from '#registry';
import type { Store } from '#store';
import { Attempts } from './attempt.ts';
import type { Attempt, AttemptResult } from './attempt.ts';
import { EventLane } from './event-lane.ts';
import { EVENT_LANE } from './event.ts';
import type { NewEvent } from './event.ts';
import type { EventRunParts } from './event-run.ts';
import type { UsageSink } from './ports.ts';
import { Provisioning } from './provisioning.ts';
import type { Tenancy } from './tenancy.ts';

export interface InvocationParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<Store, 'deliveries' | 'changed'>;
  readonly invocables: Pick<Invocables, 'resolve' | 'eventInvokeSettings' | 'onRetired' | 'onExpected' | 'provisionedConcurrency'>;
  readonly pool: Pool<Tenancy>;
  readonly usage: UsageSink;
  /** The room of durable functions stands above this one. */
  readonly beginDurable: EventRunParts['beginDurable'];
}

export type SynchronousCall = Omit<Attempt, 'attempt' | 'onPlaced'>;

export interface Invocations {
  /** Goes on with the events that an earlier process left, and pre-warms. */
  start(): void;
  /** Runs a function once. It runs to its end even if whoever called is gone by then, as Lambda's does. */
  invoke(call: SynchronousCall): Promise<AttemptResult>;
  /** Resolves when the event is on the disk; it is then run, retried and given up as its function's settings say. */
  accept(event: NewEvent): Promise<void>;
  /** What there is of the concurrency that was provisioned for an alias or a version. */
  readonly provisionedState: (scope: Scope, name: FunctionName, qualifier: string) => ProvisionedState;
  /** Lets what runs finish within the window and hands back what does not. Closes the pool with it. */
  close(windowMs: number): Promise<void>;
}

export function createInvocations(parts: InvocationParts): Invocations {
  const { clock, log, store, invocables, pool, usage, beginDurable } = parts;
  const attempts = new Attempts({ clock, log, pool, usage });
  const events = new EventLane({
    clock,
    log,
    deliveries: store.deliveries,
    onChanged: (listener) => store.changed(`deliveries/${EVENT_LANE}`, listener),
    invocables,
    attempts,
    beginDurable,
  });
  const provisioning = new Provisioning({ invocables, pool, log });
  const forgetRetired = invocables.onRetired((instanceKey) => pool.retire(instanceKey));
  const forgetExpected = invocables.onExpected((invocable) => pool.expect(invocable));

  return {
    start() {
      pool.start();
      events.start();
      provisioning.start().catch((cause: unknown) => log.write('error', 'provisioned.not-started', { cause }));
    },
    invoke: (call) => attempts.run({ ...call, attempt: 1 }),
    accept: (event) => events.accept(event),
    provisionedState: (scope, name, qualifier) => provisioning.stateOf(scope, name, qualifier),
    async close(windowMs) {
      events.stop();
      provisioning.close();
      await pool.close(windowMs);
      await events.settled();
      forgetRetired();
      forgetExpected();
    },
  };
}
