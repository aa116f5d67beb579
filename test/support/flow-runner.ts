// Runs executions of state machines in memory, on a time of its own: tasks answer as told, timers fire in order, map runs run their children.

import assert from 'node:assert/strict';
import type { Random } from '#kernel';
import { advance, newExecution } from '#workflows';
import type { Command, Execution, ExecutionFacts, HistoryEvent, Input, Json, Machine, Outcome } from '#workflows';

export type TaskAnswer =
  | { readonly kind: 'output'; readonly output: Json; readonly afterMs?: number }
  | { readonly kind: 'error'; readonly error: string; readonly cause: string; readonly afterMs?: number };

export type Tasks = (command: Extract<Command, { kind: 'start-task' }>) => TaskAnswer;

type Due = { readonly atMs: number; readonly order: number; readonly input: Input };

const STEPS_MAX = 100_000;

export type Ran = {
  readonly outcome: Outcome;
  readonly events: readonly HistoryEvent[];
  readonly execution: Execution;
  readonly endedMs: number;
};

export function facts(over: Partial<ExecutionFacts> = {}): ExecutionFacts {
  return {
    arn: 'arn:aws:states:us-east-1:111111111111:execution:machine:run',
    name: 'run',
    roleArn: 'arn:aws:iam::111111111111:role/flow',
    machineArn: 'arn:aws:states:us-east-1:111111111111:stateMachine:machine',
    machineName: 'machine',
    executionType: 'STANDARD',
    region: 'us-east-1',
    accountId: '111111111111',
    partition: 'aws',
    startedMs: Date.UTC(2026, 10, 20, 12),
    input: {},
    redriveCount: 0,
    flowPath: '',
    ...over,
  };
}

export async function runFlow(
  machine: Machine,
  given: ExecutionFacts,
  host: { readonly random: Random; readonly tasks: Tasks },
): Promise<Ran> {
  const execution = newExecution(given);
  const events: HistoryEvent[] = [];
  const due: Due[] = [];
  let nowMs = given.startedMs;
  let order = 0;
  let inputs: readonly Input[] = [{ kind: 'start' }];
  for (let steps = 0; ; steps++) {
    assert(steps < STEPS_MAX, 'the execution does not end');
    const step = await advance(machine, execution, inputs, { nowMs, random: host.random });
    events.push(...step.events);
    for (const command of step.commands) {
      const later = await carryOut(command, machine, given, host, nowMs);
      if (later?.kind === 'cancel') due.splice(0, due.length, ...due.filter((entry) => !later.ends(entry.input)));
      else if (later !== undefined) due.push({ atMs: later.atMs, order: order++, input: later.input });
    }
    if (execution.outcome !== undefined) return { outcome: execution.outcome, events, execution, endedMs: nowMs };
    if (step.more) {
      inputs = [];
      continue;
    }
    const nextMs = due.reduce((least, { atMs }) => Math.min(least, atMs), Number.POSITIVE_INFINITY);
    assert(Number.isFinite(nextMs), 'the execution waits for nothing');
    nowMs = Math.max(nowMs, nextMs);
    const now = due.filter(({ atMs }) => atMs <= nowMs).toSorted((left, right) => left.order - right.order);
    due.splice(0, due.length, ...due.filter(({ atMs }) => atMs > nowMs));
    inputs = now.map(({ input }) => input);
  }
}

type Later =
  | { readonly kind: 'due'; readonly atMs: number; readonly input: Input }
  | { readonly kind: 'cancel'; readonly ends: (input: Input) => boolean };

async function carryOut(
  command: Command,
  machine: Machine,
  given: ExecutionFacts,
  host: { readonly random: Random; readonly tasks: Tasks },
  nowMs: number,
): Promise<Later | undefined> {
  switch (command.kind) {
    case 'start-task': {
      const answer = host.tasks(command);
      const { taskId } = command;
      const atMs = nowMs + (answer.afterMs ?? 1);
      if (answer.kind === 'output') return { kind: 'due', atMs, input: { kind: 'task-succeeded', taskId, output: answer.output } };
      return { kind: 'due', atMs, input: { kind: 'task-failed', taskId, error: answer.error, cause: answer.cause } };
    }
    case 'start-timer':
      return { kind: 'due', atMs: command.dueMs, input: { kind: 'timer', timerId: command.timerId } };
    case 'cancel-timer':
      return { kind: 'cancel', ends: (input) => input.kind === 'timer' && input.timerId === command.timerId };
    case 'cancel-task':
      return { kind: 'cancel', ends: (input) => 'taskId' in input && input.taskId === command.taskId };
    case 'start-map-run':
      return { kind: 'due', atMs: nowMs + 1, input: await runMap(command, machine, given, host) };
    case 'read-items':
      return { kind: 'due', atMs: nowMs + 1, input: { kind: 'items-failed', readId: command.readId, cause: 'no reader' } };
    case 'cancel-read':
    case 'cancel-map-run':
    case 'redrive-map-run':
    case 'finish':
      return undefined;
    default:
      return command satisfies never;
  }
}

async function runMap(
  command: Extract<Command, { kind: 'start-map-run' }>,
  machine: Machine,
  given: ExecutionFacts,
  host: { readonly random: Random; readonly tasks: Tasks },
): Promise<Input> {
  const outputs: Json[] = [];
  for (const [index, input] of command.inputs.entries()) {
    const child = await runFlow(machine, { ...given, input, flowPath: command.flowPath, mapItem: { index, value: input } }, host);
    if (child.outcome.status !== 'SUCCEEDED') {
      const cause = 'The specified tolerated failure threshold was exceeded';
      return { kind: 'map-run-failed', mapRunId: command.mapRunId, error: 'States.ExceedToleratedFailureThreshold', cause };
    }
    const output: Json = JSON.parse(child.outcome.output);
    outputs.push(output);
  }
  return { kind: 'map-run-succeeded', mapRunId: command.mapRunId, output: outputs };
}
