// Threads within a state: branches of a parallel, iterations of a map. How they start, and how their ends make one result.

import assert from 'node:assert/strict';
import { LIMITS } from '#kernel';
import type { MapState, ParallelState } from '../definition/state.ts';
import type { Json } from '../expressions/json.ts';
import { childId } from './execution.ts';
import type { MapItem, Phase, Thread } from './execution.ts';
import { finish } from './finish.ts';
import { outputDetails } from './history.ts';
import type { Turn } from './turn.ts';

export function startBranches(turn: Turn, thread: Thread, state: ParallelState, input: Json): void {
  const started = turn.note(thread, 'ParallelStateStarted');
  const count = state.branches.length;
  turn.phase(thread, { kind: 'children', serial: started, count, items: undefined, concurrency: count });
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
  turn.phase(thread, { kind: 'children', serial, count: items.length, items, concurrency });
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
  const started = turn.event('MapIterationStarted', previousEventId, iteration('mapIterationStartedEventDetails', state, index));
  const mapItem: MapItem = { index, value };
  const input = await selectItem(turn, thread, state, mapItem);
  turn.scope(thread).payload(input);
  turn.setProgress(thread, { ...progress, started: index + 1 });
  addChild(turn, thread, { serial: phase.serial, index, flowPath: state.processor.path, input, mapItem, previousEventId: started });
}

/** What an iteration, or a child of a map run, begins with. */
export async function selectItem(turn: Turn, thread: Thread, state: MapState, mapItem: MapItem): Promise<Json> {
  const selector = state.itemSelector ?? state.parameters;
  if (selector === undefined) return mapItem.key === undefined ? mapItem.value : { Key: mapItem.key, Value: mapItem.value };
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
    variableBytes: 0,
    current: undefined,
    phase,
  };
  turn.add(thread);
  turn.phase(thread, phase);
}

/** The last state of a thread has ended. */
export function threadDone(turn: Turn, thread: Thread, output: Json, text: string): void {
  if (thread.parent === undefined) {
    // Its output is the execution's: there is nothing left to go on from.
    turn.remove(thread);
    turn.event('ExecutionSucceeded', thread.previousEventId, outputDetails('executionSucceededEventDetails', text));
    finish(turn, { status: 'SUCCEEDED', output: text });
    return;
  }
  const parent = turn.thread(thread.parent.threadId);
  assert(parent?.phase.kind === 'children');
  turn.phase(thread, { kind: 'done', output });
  thread.variables = {};
  thread.variableBytes = 0;
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
  assert(state.kind === 'Map' && thread.phase.kind === 'children');
  // Of several that ended in one step, each asks for another, and there may be fewer left.
  if (turn.progress(thread).started === thread.phase.count) return;
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
  turn.dropProgress(thread.id);
  turn.touched.add(thread.id);
  turn.event(`${turn.state(thread).kind}StateSucceeded`, thread.previousEventId);
  turn.work.push({ kind: 'result', threadId: thread.id, waitedFor: String(phase.serial), result: outputs });
}

export function iteration(
  member: string,
  state: MapState,
  index: number,
): { member: string; value: { name: string; index: number } } {
  return { member, value: { name: state.name, index } };
}
