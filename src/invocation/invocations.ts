// The room's face: synchronous invocations now, events durably first.
// Owns: nothing itself; it opens and closes what the room is made of.

import type { Clock, Log } from '#kernel';
import type { Pool } from '#pool';
import type { Invocables } from '#registry';
import type { Store } from '#store';
import { Attempts } from './attempt.ts';
import type { Attempt, AttemptResult } from './attempt.ts';
import { EventLane } from './event-lane.ts';
import type { NewEvent } from './event.ts';
import type { UsageSink } from './ports.ts';
import type { Tenancy } from './tenancy.ts';

export interface InvocationParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<Store, 'deliveries' | 'changed'>;
  readonly invocables: Pick<Invocables, 'resolve' | 'onRetired' | 'onExpected'>;
  readonly pool: Pool<Tenancy>;
  readonly usage: UsageSink;
}

export type SynchronousCall = Omit<Attempt, 'attempt' | 'onPlaced'>;

export interface Invocations {
  /** Goes on with the events that an earlier process left, and pre-warms. */
  start(): void;
  /** Runs a function once. It runs to its end even if whoever called is gone by then, as Lambda's does. */
  invoke(call: SynchronousCall): Promise<AttemptResult>;
  /** Resolves when the event is on the disk; it is then run, retried and given up as its function's settings say. */
  accept(event: NewEvent): Promise<void>;
  /** Lets what runs finish within the window and hands back what does not. Closes the pool with it. */
  close(windowMs: number): Promise<void>;
}

export function createInvocations({ clock, log, store, invocables, pool, usage }: InvocationParts): Invocations {
  const attempts = new Attempts({ clock, log, pool, usage });
  const events = new EventLane({
    clock,
    log,
    deliveries: store.deliveries,
    onChanged: (listener) => store.changed('deliveries', listener),
    invocables,
    attempts,
  });
  const forgetRetired = invocables.onRetired((instanceKey) => pool.retire(instanceKey));
  const forgetExpected = invocables.onExpected((invocable) => pool.expect(invocable));

  return {
    start() {
      pool.start();
      events.start();
    },
    invoke: (call) => attempts.run({ ...call, attempt: 1 }),
    accept: (event) => events.accept(event),
    async close(windowMs) {
      events.stop();
      await pool.close(windowMs);
      await events.settled();
      forgetRetired();
      forgetExpected();
    },
  };
}
