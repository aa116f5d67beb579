// Threads that cannot go on: a failed child takes its siblings with it. What they were is kept until the failure is retried or caught, for a redrive may come.

import assert from 'node:assert/strict';
import { iteration } from './children.ts';
import { childId, ROOT } from './execution.ts';
import type { Phase, Resumable, Thread } from './execution.ts';
import type { Failure } from './state-failure.ts';
import type { Turn } from './turn.ts';

type Children = Extract<Phase, { kind: 'children' }>;

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
  haltChildren(turn, parent, parent.phase, last);
  parent.previousEventId = last;
  turn.touched.add(parent.id);
  turn.work.push({
    kind: 'failure',
    threadId: parent.id,
    waitedFor: String(parent.phase.serial),
    failure: { error: failure.error, cause: failure.cause },
  });
}

/** Ends what children wait for. With `last`, the history tells of it. */
export function haltChildren(turn: Turn, parent: Thread, phase: Children, last?: number): void {
  const state = turn.state(parent);
  for (const child of childrenOf(turn, parent.id, phase)) {
    if (child.phase.kind === 'done' || child.phase.kind === 'halted') continue;
    if (last !== undefined) {
      if (state.kind === 'Map' && child.parent !== undefined)
        turn.event('MapIterationAborted', last, iteration('mapIterationAbortedEventDetails', state, child.parent.index));
      if (child.current !== undefined && hasAbortedEvent(turn.state(child).kind))
        turn.event(`${turn.state(child).kind}StateAborted`, last);
    }
    halt(turn, child, last);
  }
}

function childrenOf(turn: Turn, parentId: string, { serial }: Children): readonly Thread[] {
  const started = turn.execution.progress.get(parentId)?.started ?? 0;
  return Array.from({ length: started }, (_, index) => turn.thread(childId(parentId, serial, index))).filter(
    (child) => child !== undefined,
  );
}

function hasAbortedEvent(kind: string): boolean {
  return kind === 'Task' || kind === 'Wait' || kind === 'Map' || kind === 'Parallel';
}

/** Ends what a thread waits for, and everything below it, and keeps what it was. */
export function halt(turn: Turn, thread: Thread, last?: number): void {
  const { phase } = thread;
  switch (phase.kind) {
    case 'task':
      turn.commands.push({ kind: 'cancel-task', taskId: phase.taskId });
      for (const timerId of [phase.timeoutTimerId, phase.heartbeatTimerId])
        if (timerId !== undefined) turn.commands.push({ kind: 'cancel-timer', timerId });
      break;
    case 'waiting':
    case 'retrying':
      turn.commands.push({ kind: 'cancel-timer', timerId: phase.timerId });
      break;
    case 'map-run':
      turn.commands.push({ kind: 'cancel-map-run', mapRunId: phase.mapRunId });
      break;
    case 'reading':
      turn.commands.push({ kind: 'cancel-read', readId: phase.readId });
      break;
    case 'children':
      haltChildren(turn, thread, phase, last);
      break;
    case 'entering':
    case 'again':
    case 'ending':
      break;
    case 'halted':
    case 'done':
      return;
    default:
      phase satisfies never;
  }
  turn.phase(thread, { kind: 'halted', was: resumable(turn, thread) });
}

export function haltAll(turn: Turn): void {
  const root = turn.thread(ROOT);
  if (root !== undefined) halt(turn, root);
}

/** A thread that failed by itself: nothing is left to be ended. */
export function haltFailed(turn: Turn, thread: Thread): void {
  turn.phase(thread, { kind: 'halted', was: resumable(turn, thread) });
}

function resumable(turn: Turn, thread: Thread): Resumable {
  const { phase } = thread;
  if (phase.kind === 'map-run') return phase;
  if (phase.kind === 'children' && turn.execution.progress.has(thread.id)) return phase;
  // Where it is in a state already, it is that state that it begins again.
  return phase.kind === 'entering' && thread.current === undefined ? phase : { kind: 'again' };
}

/** Children that nothing can come back to: the state around them goes on, or begins again. */
export function discardChildren(turn: Turn, parent: Thread, phase: Children): void {
  for (const child of childrenOf(turn, parent.id, phase)) {
    const inner = child.phase.kind === 'halted' ? child.phase.was : child.phase;
    if (inner.kind === 'children') discardChildren(turn, child, inner);
    turn.remove(child);
  }
  turn.dropProgress(parent.id);
}
