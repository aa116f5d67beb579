// Threads within a state: branches of a parallel, iterations of a map. How they start, end, fail, and take one another with them.

import assert from 'node:assert/strict';
import { LIMITS } from '#kernel';
import type { MapState, ParallelState } from '../definition/state.ts';
import type { Json } from '../expressions/json.ts';
import { childId, ROOT } from './execution.ts';
import type { MapItem, Phase, Thread } from './execution.ts';
import { finish } from './finish.ts';
import { outputDetails } from './history.ts';
import type { Failure } from './state-failure.ts';
import type { Turn } from './turn.ts';

type Children = Extract<Phase, { kind: 'children' }>;

export function startBranches(turn: Turn, thread: Thread, state: ParallelState, input: Json): void {
  const started = turn.note(thread, 'ParallelStateStarted');
  const count = state.branches.length;
  turn.phase(thread, { kind: 'children', serial: started, count, items: undefined });
  turn.setProgress(thread, { started: count, done: 0, lastEventId: started });
  for (const [index, branch] of state.branches.entries()) {
    addChild(turn, thread, { serial: started, index, flowPath: branch.path, input, mapItem: undefined, previousEventId: started });
  }
}

/** Iterations of an inline map, as many at once as it may have. */
export async function startIterations(
  turn: Turn,
  thread: Thread,
  state: MapState,
  items: readonly Json[],
  maxConcurrency: number,
): Promise<void> {
  const concurrency = Math.min(maxConcurrency === 0 ? LIMITS.inlineMapConcurrency : maxConcurrency, LIMITS.inlineMapConcurrency);
  const serial = thread.previousEventId;
  turn.phase(thread, { kind: 'children', serial, count: items.length, items });
  turn.setProgress(thread, { started: 0, done: 0, lastEventId: serial });
  if (items.length === 0) join(turn, thread);
  for (let index = 0; index < Math.min(concurrency, items.length); index++) await startNext(turn, thread, state, serial);
}

async function startNext(turn: Turn, thread: Thread, state: MapState, previousEventId: number): Promise<void> {
  const { phase } = thread;
  assert(phase.kind === 'children');
  const progress = turn.progress(thread);
  const index = progress.started;
  const value = phase.items?.[index];
  assert(value !== undefined);
  turn.setProgress(thread, { ...progress, started: index + 1 });
  const started = turn.event('MapIterationStarted', previousEventId, iteration('mapIterationStartedEventDetails', state, index));
  const mapItem: MapItem = { index, value };
  const input = await selectItem(turn, thread, state, mapItem);
  addChild(turn, thread, { serial: phase.serial, index, flowPath: state.processor.path, input, mapItem, previousEventId: started });
}

/** What an iteration, or a child of a map run, begins with. */
export async function selectItem(turn: Turn, thread: Thread, state: MapState, mapItem: MapItem): Promise<Json> {
  const selector = state.itemSelector ?? state.parameters;
  if (selector === undefined) return mapItem.value;
  const scope = turn.scope(thread, { mapItem });
  const { input } = turn.current(thread);
  const selected = await scope.template(selector, 'ItemSelector', scope.wholePath(state.inputPath, input), { input });
  turn.observer?.saw('afterItemSelector', selected);
  return selected;
}

type NewChild = {
  readonly serial: number;
  readonly index: number;
  readonly flowPath: string;
  readonly input: Json;
  readonly mapItem: MapItem | undefined;
  readonly previousEventId: number;
};

function addChild(turn: Turn, parent: Thread, child: NewChild): void {
  const flow = turn.machine.flows.get(child.flowPath);
  assert(flow !== undefined);
  const phase: Phase = { kind: 'entering', name: flow.startAt, input: child.input };
  const thread: Thread = {
    id: childId(parent.id, child.serial, child.index),
    parent: { threadId: parent.id, index: child.index },
    flowPath: child.flowPath,
    mapItem: child.mapItem,
    previousEventId: child.previousEventId,
    variables: {},
    current: undefined,
    phase,
  };
  turn.add(thread);
  turn.phase(thread, phase);
}

/** The last state of a thread has ended. */
export function threadDone(turn: Turn, thread: Thread, output: Json, text: string): void {
  if (thread.parent === undefined) {
    turn.phase(thread, { kind: 'done', output });
    turn.event('ExecutionSucceeded', thread.previousEventId, outputDetails('executionSucceededEventDetails', text));
    finish(turn, { status: 'SUCCEEDED', output: text });
    return;
  }
  const parent = turn.thread(thread.parent.threadId);
  assert(parent?.phase.kind === 'children');
  turn.phase(thread, { kind: 'done', output });
  thread.variables = {};
  const state = turn.state(parent);
  const last = thread.previousEventId;
  const lastEventId =
    state.kind === 'Map'
      ? turn.event('MapIterationSucceeded', last, iteration('mapIterationSucceededEventDetails', state, thread.parent.index))
      : last;
  const { phase } = parent;
  const { started, done } = turn.progress(parent);
  turn.setProgress(parent, { started, done: done + 1, lastEventId });
  if (done + 1 === phase.count) join(turn, parent);
  else if (state.kind === 'Map' && started < phase.count)
    turn.work.push({ kind: 'next-iteration', threadId: parent.id, waitedFor: String(phase.serial), previousEventId: last });
}

/** Starts an iteration in the place of one that ended. */
export async function nextIteration(turn: Turn, thread: Thread, previousEventId: number): Promise<void> {
  const state = turn.state(thread);
  assert(state.kind === 'Map');
  await startNext(turn, thread, state, previousEventId);
}

/** All are done: their outputs, in the order of branches or items, are the state's result. */
function join(turn: Turn, thread: Thread): void {
  const { phase } = thread;
  assert(phase.kind === 'children');
  const outputs: Json[] = [];
  for (let index = 0; index < phase.count; index++) {
    const child = turn.thread(childId(thread.id, phase.serial, index));
    assert(child?.phase.kind === 'done');
    outputs.push(child.phase.output);
    turn.remove(child);
  }
  thread.previousEventId = turn.progress(thread).lastEventId;
  turn.setProgress(thread, undefined);
  turn.touched.add(thread.id);
  turn.event(`${turn.state(thread).kind}StateSucceeded`, thread.previousEventId);
  turn.work.push({ kind: 'result', threadId: thread.id, waitedFor: String(phase.serial), result: outputs });
}

/** A child failed for good: its siblings end with it. The failure is now that of the state around them. */
export function childFailed(turn: Turn, child: Thread, failure: Failure): void {
  assert(child.parent !== undefined);
  const parent = turn.thread(child.parent.threadId);
  assert(parent?.phase.kind === 'children');
  const state = turn.state(parent);
  const last = child.previousEventId;
  if (state.kind === 'Map')
    turn.event('MapIterationFailed', last, iteration('mapIterationFailedEventDetails', state, child.parent.index));
  if (child.current !== undefined && turn.state(child).kind === 'Task') turn.event('TaskStateAborted', last);
  endChildren(turn, parent, parent.phase, { except: child, last });
  turn.remove(child);
  parent.previousEventId = last;
  const { serial } = parent.phase;
  turn.work.push({
    kind: 'failure',
    threadId: parent.id,
    waitedFor: String(serial),
    failure: { error: failure.error, cause: failure.cause },
  });
}

function endChildren(turn: Turn, parent: Thread, phase: Children, of: { readonly except?: Thread; readonly last?: number }): void {
  const state = turn.state(parent);
  const started = turn.execution.progress.get(parent.id)?.started ?? 0;
  turn.setProgress(parent, undefined);
  for (let index = 0; index < started; index++) {
    const child = turn.thread(childId(parent.id, phase.serial, index));
    if (child === undefined || child === of.except) continue;
    if (child.phase.kind !== 'done' && of.last !== undefined) {
      if (state.kind === 'Map')
        turn.event('MapIterationAborted', of.last, iteration('mapIterationAbortedEventDetails', state, index));
      if (child.current !== undefined && hasAbortedEvent(turn.state(child).kind))
        turn.event(`${turn.state(child).kind}StateAborted`, of.last);
    }
    abandon(turn, child, of.last);
    turn.remove(child);
  }
}

function hasAbortedEvent(kind: string): boolean {
  return kind === 'Task' || kind === 'Wait' || kind === 'Map' || kind === 'Parallel';
}

/** Ends what a thread waits for, and everything below it. With `last`, the history tells of it. */
export function abandon(turn: Turn, thread: Thread, last?: number): void {
  const { phase } = thread;
  switch (phase.kind) {
    case 'task':
      turn.commands.push({ kind: 'cancel-task', taskId: phase.taskId });
      for (const timerId of [phase.timeoutTimerId, phase.heartbeatTimerId])
        if (timerId !== undefined) turn.commands.push({ kind: 'cancel-timer', timerId });
      return;
    case 'waiting':
    case 'retrying':
      turn.commands.push({ kind: 'cancel-timer', timerId: phase.timerId });
      return;
    case 'map-run':
      turn.commands.push({ kind: 'cancel-map-run', mapRunId: phase.mapRunId });
      return;
    case 'children':
      endChildren(turn, thread, phase, last === undefined ? {} : { last });
      return;
    case 'entering':
    case 'again':
    case 'reading':
    case 'done':
      return;
    default:
      phase satisfies never;
  }
}

/** A state that fails by itself, while some of its children are there already, takes them with it. */
export function abandonChildren(turn: Turn, thread: Thread): void {
  if (thread.phase.kind === 'children') endChildren(turn, thread, thread.phase, {});
}

export function abandonAll(turn: Turn): void {
  const root = turn.thread(ROOT);
  if (root !== undefined) abandon(turn, root);
}

function iteration(member: string, state: MapState, index: number): { member: string; value: { name: string; index: number } } {
  return { member, value: { name: state.name, index } };
}
