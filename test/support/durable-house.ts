// The room of durable functions on a clock that tests turn by hand, over a real store, with functions that tests write: each is given what AWS's SDK
// is given, and asks what it asks. A process of it can be killed at any step of the store, and another be started on what it left.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Operation } from '@aws-sdk/client-lambda';
import { createDurableExecutions, parseExecutionArn } from '#durable';
import type { DurableExecutions, Update } from '#durable';
import type { AttemptResult, SynchronousCall } from '#invocation';
import { ApiError } from '#kernel';
import type { FunctionName, FunctionVersion, RequestId } from '#kernel';
import type { InvocableFunction } from '../../src/registry/invocable.ts';
import type { JournalStore } from '../../src/store/journals.ts';
import { FakeClock, MortalClock } from './fake-clock.ts';
import { inlineStore } from './inline-store.ts';
import { invocable, SCOPE } from './invocable.ts';
import { QuietLog } from './quiet-log.ts';
import { seededRandom } from './seeded-random.ts';
import { usageRecord } from './usage-records.ts';

/** What a run of a durable function is given, and can ask for. */
export interface TestRun {
  readonly requestId: string;
  readonly input: unknown;
  readonly arn: string;
  readonly token: string;
  readonly updatedIds: readonly string[] | undefined;
  /** All of them, however many pages they came in. */
  readonly operations: ReadonlyMap<string, Operation>;
  /** Writes updates down with the token of the last, and knows what it is told in return. */
  checkpoint(...updates: readonly Update[]): Promise<readonly Operation[]>;
}

export type TestFunction = (run: TestRun) => Promise<unknown>;

export const PENDING = { Status: 'PENDING' };
export const succeeded = (result: unknown) => ({ Status: 'SUCCEEDED', Result: JSON.stringify(result) });

export const update = {
  step: (Id: string, Action: 'START' | 'SUCCEED' | 'FAIL' | 'RETRY', more: Partial<Update> = {}): Update => ({
    Id,
    Type: 'STEP',
    Action,
    ...more,
  }),
  context: (Id: string, Action: 'START' | 'SUCCEED' | 'FAIL', more: Partial<Update> = {}): Update => ({
    Id,
    Type: 'CONTEXT',
    Action,
    ...more,
  }),
  wait: (Id: string, WaitSeconds: number): Update => ({ Id, Type: 'WAIT', Action: 'START', WaitOptions: { WaitSeconds } }),
  callback: (Id: string, CallbackOptions: Update['CallbackOptions'] = {}): Update => ({
    Id,
    Type: 'CALLBACK',
    Action: 'START',
    CallbackOptions,
  }),
  invoke: (Id: string, FunctionName: string, payload: unknown = {}): Update => ({
    Id,
    Type: 'CHAINED_INVOKE',
    Action: 'START',
    Payload: JSON.stringify(payload),
    ChainedInvokeOptions: { FunctionName },
  }),
  cancel: (Id: string, Type: 'WAIT' | 'CALLBACK' | 'CHAINED_INVOKE'): Update => ({ Id, Type, Action: 'CANCEL' }),
};

export type DurableHouse = ReturnType<typeof durableHouse>;

export function durableHouse(test: Pick<TestContext, 'after'>) {
  const clock = new FakeClock();
  const log = new QuietLog();
  const random = seededRandom(5);
  const store = inlineStore(test);
  const durables = new Map<string, TestFunction>();
  const ordinary = new Map<string, (payload: unknown) => Promise<unknown>>();
  const settings = new Map<string, Partial<InvocableFunction>>();
  /** Of functions, in the order in which they began. */
  const calls: { readonly name: string; readonly requestId: string }[] = [];
  let writes = 0;
  let doom: { readonly write: number; readonly when: 'before' | 'after' } | undefined;
  let life = new MortalClock(clock);
  let durable = open();

  function open(): DurableExecutions {
    const own = life;
    const journals = mortal(store.journals, own, async (verb, work) => {
      if (verb !== 'append' && verb !== 'begin') return work();
      writes += 1;
      const dies = doom?.write === writes ? doom.when : undefined;
      if (dies === 'before') own.perish();
      const result = own.dead ? undefined : await work();
      if (dies === 'after') own.perish();
      return result;
    });
    const opened: DurableExecutions = createDurableExecutions({
      clock: own,
      random,
      log,
      journals,
      invocables: {
        async resolve(scope, { name, qualifier }) {
          if (!durables.has(name) && !ordinary.has(name))
            throw new ApiError('ResourceNotFoundException', `Function not found: ${name}`);
          return invocable(name, {
            scope,
            version: (qualifier ?? '$LATEST') as FunctionVersion,
            qualifier,
            ...(durables.has(name) ? { durable: { executionTimeoutSeconds: 31_622_400, retentionDays: 14 } } : undefined),
            ...settings.get(name),
          });
        },
        eventInvokeSettings: async (_scope, { name }) => settings.get(name)?.eventInvoke,
      },
      invocations: {
        start: () => undefined,
        accept: async () => undefined,
        close: async () => undefined,
        provisionedState: () => ({ allocated: 0, available: 0, failure: undefined }),
        invoke: (call) => (own.dead ? never() : invoke(opened, call)),
      },
    });
    opened.invocations.start();
    return opened;
  }

  async function invoke(
    of: DurableExecutions,
    { invocable: { name }, payload, requestId }: SynchronousCall,
  ): Promise<AttemptResult> {
    const event: unknown = JSON.parse(Buffer.from(payload).toString());
    calls.push({ name, requestId });
    const runs = durables.get(name);
    try {
      const answer =
        runs === undefined ? await ordinary.get(name)?.(event) : await runs(await runOf(of, requestId, event as DurableEvent));
      return isResult(answer) ? answer : answered(answer);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return answered({ errorType: error.name, errorMessage: error.message }, 'Unhandled');
    }
  }

  return {
    clock,
    log,
    store,
    durables,
    ordinary,
    /** What functions are besides durable: timeouts of their executions, who gets their dead letters. */
    settings,
    calls,
    get durable() {
      return durable;
    },
    /** Steps of the store that were begun. */
    get writes() {
      return writes;
    },
    /** The process ends just before, or just after, that step is in the store. */
    dieAt(write: number, when: 'before' | 'after') {
      doom = { write, when };
    },
    kill: () => life.perish(),
    hasDied: () => life.dead,
    /** Another process, on what the last one left. */
    restart() {
      life.perish();
      doom = undefined;
      life = new MortalClock(clock);
      durable = open();
      return durable;
    },
    start: (name: string, event: unknown, more: { readonly name?: string } = {}) =>
      durable.accept({ ...callOf(name, event), ...more }),
    call: (name: string, event: unknown, more: { readonly name?: string } = {}) =>
      durable.call({ ...callOf(name, event), ...more }),
    describe: (arn: string) => durable.describe(parseExecutionArn(arn), true),
    events: async (arn: string) =>
      (await durable.history(parseExecutionArn(arn), { includesData: true, marker: undefined, limit: 1000, isReverse: false }))
        .events,
    stop: (arn: string) => durable.stop(parseExecutionArn(arn), { ErrorType: 'Operator', ErrorMessage: 'enough' }),
    scope: SCOPE,
  };

  function callOf(name: string, event: unknown) {
    const qualified = invocable(name, {
      qualifier: '$LATEST',
      durable: { executionTimeoutSeconds: 31_622_400, retentionDays: 14 },
      name: name as FunctionName,
      ...settings.get(name),
    });
    return { requestId: random.uuid() as RequestId, invocable: qualified, payload: Buffer.from(JSON.stringify(event)) };
  }
}

interface DurableEvent {
  readonly DurableExecutionArn: string;
  readonly CheckpointToken: string;
  readonly UpdatedOperationIds?: readonly string[];
  readonly InitialExecutionState: { readonly Operations: readonly Operation[]; readonly NextMarker?: string };
}

async function runOf(durable: DurableExecutions, requestId: string, event: DurableEvent): Promise<TestRun> {
  const { DurableExecutionArn: arn, InitialExecutionState: initial } = event;
  const name = parseExecutionArn(arn);
  const all = [...initial.Operations];
  let marker = initial.NextMarker;
  while (marker !== undefined) {
    const page = await durable.state(name, { token: event.CheckpointToken, marker, limit: 1000 });
    all.push(...page.operations);
    marker = page.nextMarker;
  }
  const [first, ...others] = all;
  const operations = new Map(others.map((operation) => [operation.Id ?? '', operation]));
  let token = event.CheckpointToken;
  return {
    requestId,
    arn,
    token,
    input: JSON.parse(first?.ExecutionDetails?.InputPayload ?? ''),
    updatedIds: event.UpdatedOperationIds,
    operations,
    async checkpoint(...updates) {
      const answer = await durable.checkpoint(name, { token, clientToken: undefined, updates });
      token = answer.checkpointToken ?? token;
      for (const operation of answer.operations) operations.set(operation.Id ?? '', operation);
      return answer.operations;
    },
  };
}

function answered(document: unknown, functionError?: 'Unhandled'): AttemptResult {
  return {
    kind: 'answered',
    answer: { functionError, payload: Buffer.from(JSON.stringify(document ?? null)), logLine: undefined, trouble: undefined },
    logTail: undefined,
    record: usageRecord(),
  };
}

export const THROTTLED: AttemptResult = { kind: 'throttled', reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' };

function isResult(answer: unknown): answer is AttemptResult {
  return typeof answer === 'object' && answer !== null && 'kind' in answer;
}

const never = () => new Promise<never>(() => undefined);

/** A dead process asks the store for nothing, and hears no answer. */
function mortal(
  journals: JournalStore,
  life: MortalClock,
  around: (verb: string, work: () => Promise<unknown>) => Promise<unknown>,
): JournalStore {
  return new Proxy(journals, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...parameters: unknown[]): Promise<unknown> => {
        if (life.dead) return never();
        const result = await around(String(name), async () => Reflect.apply(member, target, parameters) as unknown);
        return life.dead ? never() : result;
      };
    },
  });
}

/** For `assert.rejects`: an answer to a caller, under that code. */
export const refused = (code: string, message?: RegExp) => (error: unknown) => {
  assert(error instanceof ApiError, String(error));
  assert.equal(error.code, code);
  if (message !== undefined) assert.match(error.message, message);
  return true;
};

export const statusOf = ({ operations }: TestRun, id: string) => operations.get(id)?.Status;

export const typesOf = async (house: DurableHouse, arn: string) => (await house.events(arn)).map(({ EventType }) => EventType);
