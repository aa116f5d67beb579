// The room's face: durable functions are invoked here, and their executions asked for, answered and stopped.
// Owns: nothing itself; it opens and closes what the room is made of.

import type { ErrorObject, Event } from '@aws-sdk/client-lambda';
import type { DurableEvent, Invocations, AttemptResult } from '#invocation';
import { ApiError, LIMITS } from '#kernel';
import type { Clock, Log, Random, Scope } from '#kernel';
import type { Invocables } from '#registry';
import type { JournalStore } from '#store';
import assert from 'node:assert/strict';
import { Callbacks } from './callbacks.ts';
import { checkErrorSize } from './checkpoint-rules.ts';
import { Checkpoints } from './checkpoints.ts';
import type { Checkpoint, StateQuery } from './checkpoints.ts';
import { answerOf, stillRunning } from './ends.ts';
import { executionArn } from './execution-arn.ts';
import type { ExecutionName } from './execution-arn.ts';
import { Lookup } from './lookup.ts';
import type { Present } from './book.ts';
import type { Waiting } from './callers.ts';
import { factsOf } from './execution.ts';
import type { CheckpointAnswer } from './run.ts';
import { Runner } from './runner.ts';
import { begunExecution, newExecution } from './starts.ts';
import type { StartRequest } from './starts.ts';
import type { StatePage } from './state-pages.ts';
import { Views } from './views.ts';
import type { DescribedExecution, HistoryQuery, ListedExecution, ListQuery } from './views.ts';

export interface DurableParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly journals: JournalStore;
  readonly invocables: Pick<Invocables, 'resolve' | 'eventInvokeSettings'>;
  /** Of functions, each once. */
  readonly invocations: Invocations;
}

/** A call of a durable function; `name` is what the caller would have its execution called. */
export interface DurableCall extends Omit<StartRequest, 'origin'> {
  /** Of the run that brings the end. */
  readonly wantsTail?: boolean | undefined;
}

export interface Begun {
  readonly arn: string;
  /** It was there before: a start with the same name and the same payload is the same start. */
  readonly isOld: boolean;
}

export interface DurableExecutions {
  /**
   * For all who invoke functions: a durable one is begun, and answered when its execution has ended; any other is invoked as ever. `start` and
   * `close` are this room's too.
   */
  readonly invocations: Invocations;
  /** As `invocations.invoke` does, for who gives it a name and wants to know its ARN. Throws DurableExecutionAlreadyStartedException. */
  call(call: DurableCall): Promise<{ readonly arn: string; readonly result: AttemptResult }>;
  /** Resolves with its ARN when it is on the disk. */
  accept(call: DurableCall): Promise<string>;
  /** The same for what the lane of events brings: the event is this execution from now on. */
  readonly takeEvent: (event: DurableEvent) => Promise<void>;
  checkpoint(name: ExecutionName, checkpoint: Checkpoint): Promise<CheckpointAnswer>;
  state(name: ExecutionName, query: StateQuery): Promise<StatePage>;
  describe(name: ExecutionName, includesData: boolean): Promise<DescribedExecution>;
  history(
    name: ExecutionName,
    query: HistoryQuery,
  ): Promise<{ readonly events: readonly Event[]; readonly nextMarker: string | undefined }>;
  list(
    scope: Scope,
    query: ListQuery,
  ): Promise<{ readonly executions: readonly ListedExecution[]; readonly nextMarker: string | undefined }>;
  /** When it was stopped, or had ended before. */
  stop(name: ExecutionName, error: ErrorObject | undefined): Promise<number>;
  readonly callbacks: Pick<Callbacks, 'succeed' | 'fail' | 'heartbeat'>;
}

export function createDurableExecutions(parts: DurableParts): DurableExecutions {
  const { clock, random, log, journals, invocables, invocations } = parts;
  const lookup = new Lookup(journals);
  const runner = new Runner({ clock, random, log, journals, invocables, invocations, begin });
  const checkpoints = new Checkpoints({ runner, random, lookup });
  const views = new Views(journals, lookup);

  /** `meet` is called with it before it can end. */
  async function begin(request: StartRequest, meet: (live: Present) => void = () => undefined): Promise<Begun> {
    const { durable, scope, name: functionName } = request.invocable;
    assert(durable !== undefined, `${functionName} is not durable`);
    const { journal, facts } = newExecution(request, durable, { random, nowMs: clock.now() });
    const outcome = await journals.begin(journal).catch((cause: unknown) => {
      runner.unknownStart(journal);
      throw cause;
    });
    const goOn = (live: Present) => {
      meet(live);
      runner.proceed(live);
    };
    if (outcome.kind === 'exists') {
      const { row } = outcome;
      const before = factsOf(row);
      if (before.payloadDigest !== facts.payloadDigest) throw alreadyStarted(row.name);
      // It goes on already, unless nobody heard that it was written.
      await runner.book.with(row.number, goOn);
      return { arn: executionArn(scope, row.name, before), isOld: true };
    }
    const { number } = outcome;
    const arn = executionArn(scope, journal.name, facts);
    lookup.remember(arn, number);
    runner.timers.note(
      number,
      (journal.first.timers ?? []).map(({ id, dueAtMs }) => ({ id, dueAtMs })),
    );
    await runner.book.withNew(begunExecution(journal, number), goOn);
    return { arn, isOld: false };
  }

  async function call({
    wantsTail = false,
    ...request
  }: DurableCall): Promise<{ readonly arn: string; readonly result: AttemptResult }> {
    let waiting: Waiting | undefined;
    const { arn, isOld } = await begin({ ...request, origin: { kind: 'call' } }, ({ number }) => {
      waiting = runner.callers.wait(number, wantsTail);
    });
    if (waiting === undefined) throw new ApiError('ServiceException', 'The execution has just expired. Send the request again.');
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    // One that this call has begun ends by itself within that time.
    const timer = isOld ? clock.after(LIMITS.durableCallSeconds * 1000, () => resolve(undefined)) : undefined;
    const told = await Promise.race([waiting.told, late]).finally(() => {
      timer?.cancel();
      waiting?.leave();
    });
    if (told === undefined) return { arn, result: stillRunning(arn) };
    return { arn, result: told.kind === 'closed' ? told : answerOf(arn, told.end, told.last) };
  }

  return {
    call,
    accept: async (request) => (await begin({ ...request, origin: { kind: 'event' } })).arn,
    takeEvent: async (event) => void (await begin({ ...event, origin: { kind: 'event' } })),
    checkpoint: (name, checkpoint) => checkpoints.take(name, checkpoint),
    state: (name, query) => checkpoints.state(name, query),
    describe: (name, includesData) => views.describe(name, includesData),
    history: (name, query) => views.history(name, query),
    list: (scope, query) => views.list(scope, query),
    async stop(name, error) {
      checkErrorSize(error);
      const number = await lookup.numberOf(name);
      const endedAtMs = await runner.book.with(number, async (live) => {
        if (live.execution.endedAtMs !== undefined) return live.execution.endedAtMs;
        const draft = runner.draftOf(live);
        await runner.end(draft, { status: 'STOPPED', error });
        await runner.commit(live, draft);
        return draft.nowMs;
      });
      return endedAtMs ?? lookup.missing(name);
    },
    callbacks: new Callbacks(runner),
    invocations: {
      ...invocations,
      start() {
        invocations.start();
        runner.start();
      },
      invoke: (one) => (one.invocable.durable === undefined ? invocations.invoke(one) : call(one).then(({ result }) => result)),
      async close(windowMs) {
        await runner.stop();
        await invocations.close(windowMs);
        await runner.settled();
      },
    },
  };
}

function alreadyStarted(name: string): ApiError {
  return new ApiError(
    'DurableExecutionAlreadyStartedException',
    `A durable execution with the name ${name} has already been started with another payload.`,
    {
      fields: { Type: 'User' },
    },
  );
}
