// TestState: one state by itself, with what its data were on the way. Nothing is kept, and nothing runs but a task that is not mocked.

import assert from 'node:assert/strict';
import type { Random } from '#kernel';
import { evaluatorInPlace } from '../expressions/evaluator.ts';
import type { Evaluator } from '../expressions/evaluator.ts';
import type { Json } from '../expressions/json.ts';
import { followAll, guarded } from '../interpreter/advance.ts';
import { beginState, enterState } from '../interpreter/enter.ts';
import { newExecution, ROOT } from '../interpreter/execution.ts';
import type { Current, ExecutionFacts, Thread } from '../interpreter/execution.ts';
import { takeIn } from '../interpreter/inputs.ts';
import type { Command, Input } from '../interpreter/messages.ts';
import { Turn } from '../interpreter/turn.ts';
import type { TaskResource } from '../definition/task-resource.ts';
import { contextOfTest } from './context.ts';
import { Inspection } from './inspection.ts';
import type { TestStateAnswer } from './inspection.ts';
import type { MockSchema } from './mock-schema.ts';
import { checkMock, readItems, readJson, readTested, readVariables } from './request.ts';
import type { TestStateRequest } from './request.ts';

export type TestStateHost = {
  readonly nowMs: number;
  readonly random: Random;
  readonly evaluator?: Evaluator;
  readonly facts: Pick<ExecutionFacts, 'accountId' | 'region' | 'partition'>;
  /** What the service's operation answers, where its model is known. */
  readonly schemaOf: (resource: TaskResource) => MockSchema | undefined;
  /** Runs a task that is not mocked, and answers its end. */
  readonly runTask: (
    command: Extract<Command, { kind: 'start-task' }>,
  ) => Promise<Extract<Input, { kind: 'task-succeeded' | 'task-failed' }>>;
};

const THRESHOLD = {
  error: 'States.ExceedToleratedFailureThreshold',
  cause: 'The specified tolerated failure threshold was exceeded',
};

export async function testState(request: TestStateRequest, host: TestStateHost): Promise<TestStateAnswer> {
  const { machine, flowPath, state } = readTested(request);
  checkMock(request, state, host.schemaOf);
  const input = request.input === undefined ? {} : readJson(request.input, 'input');
  const variables = readVariables(request.variables);
  const facts = factsOf(request, host, input, flowPath);
  const inspection = new Inspection(input);
  const counts = state.kind === 'Task' || state.kind === 'Map' || state.kind === 'Parallel';
  const retryCount = request.stateConfiguration?.retrierRetryCount ?? 0;
  const given = request.context === undefined ? undefined : readJson(request.context, 'context');
  const context = given ?? contextOfTest(facts, request.roleArn, counts ? retryCount : undefined);
  const observer = inspection.observer(context);
  const turn = new Turn({
    machine,
    execution: newExecution(facts),
    nowMs: host.nowMs,
    random: host.random,
    evaluator: host.evaluator ?? evaluatorInPlace,
    observer,
  });
  const thread: Thread = {
    id: ROOT,
    parent: undefined,
    flowPath,
    mapItem: undefined,
    previousEventId: 0,
    variables,
    variableBytes: 0,
    current: undefined,
    phase: { kind: 'entering', name: state.name, input },
  };
  turn.add(thread);
  enterState(turn, thread, state.name, input);
  const current: Current = turn.current(thread);
  if ('retry' in state) thread.current = { ...current, retryCount, retries: state.retry.map(() => retryCount) };
  await guarded(turn, thread, () => beginState(turn, thread));
  await settle(turn, thread, request, host);
  return inspection.answer(request.inspectionLevel ?? 'INFO', thread.variables);
}

/** Brings what the state waits for: the mock, the task's own end, or simply the time. */
async function settle(turn: Turn, thread: Thread, request: TestStateRequest, host: TestStateHost): Promise<void> {
  if (thread.phase.kind === 'reading') {
    const items = readItems(request.stateConfiguration?.mapItemReaderData);
    takeIn(turn, { kind: 'items-read', readId: thread.phase.readId, items });
    await followAll(turn);
  }
  const { phase } = thread;
  if (phase.kind === 'task') takeIn(turn, await endOfTask(turn, phase.taskId, request, host));
  else if (phase.kind === 'waiting') takeIn(turn, { kind: 'timer', timerId: phase.timerId });
  else if (phase.kind === 'children' || phase.kind === 'map-run') mockChildren(turn, thread, request);
  await followAll(turn);
}

async function endOfTask(turn: Turn, taskId: string, request: TestStateRequest, host: TestStateHost): Promise<Input> {
  const { mock } = request;
  if (mock?.errorOutput !== undefined) return { kind: 'task-failed', taskId, ...mock.errorOutput };
  if (mock?.result !== undefined) return { kind: 'task-succeeded', taskId, output: readJson(mock.result, 'mock result') };
  const command = turn.commands.find((candidate) => candidate.kind === 'start-task');
  assert(command?.kind === 'start-task');
  return host.runTask(command);
}

function mockChildren(turn: Turn, thread: Thread, request: TestStateRequest): void {
  const { phase } = thread;
  assert(phase.kind === 'children' || phase.kind === 'map-run');
  const waitedFor = phase.kind === 'children' ? String(phase.serial) : phase.mapRunId;
  turn.work.length = 0;
  const failure = request.mock?.errorOutput ?? (isBeyondTolerance(turn, request) ? THRESHOLD : undefined);
  if (failure !== undefined)
    turn.work.push({ kind: 'failure', threadId: thread.id, waitedFor, failure: { error: failure.error, cause: failure.cause } });
  else
    turn.work.push({
      kind: 'result',
      threadId: thread.id,
      waitedFor,
      result: readJson(request.mock?.result ?? 'null', 'mock result'),
    });
}

/** Where nothing is tolerated expressly, AWS lets the mocked result stand. */
function isBeyondTolerance(turn: Turn, request: TestStateRequest): boolean {
  const failures = request.stateConfiguration?.mapIterationFailureCount ?? 0;
  const run = turn.commands.find((candidate) => candidate.kind === 'start-map-run');
  if (run?.kind !== 'start-map-run') return false;
  const { itemCount, toleratedFailureCount, toleratedFailurePercentage } = run;
  const percentage = itemCount === 0 ? 0 : (100 * failures) / itemCount;
  return (
    (toleratedFailureCount !== undefined && failures > toleratedFailureCount) ||
    (toleratedFailurePercentage !== undefined && percentage > toleratedFailurePercentage)
  );
}

function factsOf(request: TestStateRequest, host: TestStateHost, input: Json, flowPath: string): ExecutionFacts {
  const name = host.random.uuid();
  const machineName = host.random.uuid();
  const { partition, region, accountId } = host.facts;
  return {
    arn: `arn:${partition}:states:${region}:${accountId}:express:${machineName}:${name}`,
    name,
    roleArn: request.roleArn ?? '',
    machineArn: `arn:${partition}:states:${region}:${accountId}:stateMachine:${machineName}`,
    machineName,
    executionType: 'EXPRESS',
    region,
    accountId,
    partition,
    startedMs: host.nowMs,
    input,
    redriveCount: 0,
    flowPath,
  };
}
