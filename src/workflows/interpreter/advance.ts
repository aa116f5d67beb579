// The interpreter's one door: an execution, what happened to it, and what follows.
//
// I1: the same execution, inputs, time and chance give the same step. I2: a step costs what it does, whatever came before it.
// I3: nothing is lost where a step is thrown away before it is committed; the execution it was made on is thrown away with it.

import { LIMITS } from '#kernel';
import type { Random } from '#kernel';
import type { Machine } from '../definition/state.ts';
import { evaluatorInPlace } from '../expressions/evaluator.ts';
import type { Evaluator } from '../expressions/evaluator.ts';
import { nextIteration } from './children.ts';
import { beginState, enterState, leave } from './enter.ts';
import type { Execution, Thread } from './execution.ts';
import { completeState } from './exit.ts';
import { failState } from './fail.ts';
import { failExecution } from './finish.ts';
import { haltAll } from './halt.ts';
import type { HistoryEvent } from './history.ts';
import { takeIn } from './inputs.ts';
import { startWith } from './maps.ts';
import type { Command, Input } from './messages.ts';
import { StateFailure } from './state-failure.ts';
import { Turn } from './turn.ts';
import type { Work } from './work.ts';

export type Host = {
  readonly nowMs: number;
  readonly random: Random;
  /** Who evaluates expressions that may take long; without one they stop this very thread. */
  readonly evaluator?: Evaluator;
};

export type Step = {
  readonly events: readonly HistoryEvent[];
  readonly commands: readonly Command[];
  /** Threads to be written, or deleted where the execution has them no longer. */
  readonly touched: ReadonlySet<string>;
  /** The same of the progress of their children. */
  readonly touchedProgress: ReadonlySet<string>;
  /** The step ended only because it was long: another, without inputs, goes on. */
  readonly more: boolean;
};

/** Events that the end of an execution may still need. */
const EVENTS_KEPT_FREE = 2;

/** Changes the execution in place. Inputs that came at the same time are all in the history before any of them has consequences. */
export async function advance(machine: Machine, execution: Execution, inputs: readonly Input[], host: Host): Promise<Step> {
  const turn = new Turn({ machine, execution, ...host, evaluator: host.evaluator ?? evaluatorInPlace });
  for (const input of inputs) takeIn(turn, input);
  for (let states = 0; execution.outcome === undefined;) {
    if (isFull(turn)) {
      haltAll(turn);
      failExecution(turn, {
        error: 'States.Runtime',
        cause: `The execution reached the maximum number of history events (${LIMITS.executionEvents}).`,
      });
      break;
    }
    const work = turn.work.shift();
    if (work !== undefined) {
      await follow(turn, work);
      continue;
    }
    if (execution.ready.length === 0 || states >= LIMITS.statesPerStep || turn.characters >= LIMITS.charactersPerStep) break;
    const id = execution.ready.shift();
    const thread = id === undefined ? undefined : turn.thread(id);
    if (thread !== undefined && (thread.phase.kind === 'entering' || thread.phase.kind === 'again')) await proceed(turn, thread);
    states++;
  }
  return {
    events: turn.events,
    commands: turn.commands,
    touched: turn.touched,
    touchedProgress: turn.touchedProgress,
    more: execution.outcome === undefined && execution.ready.length > 0,
  };
}

function isFull({ execution }: Turn): boolean {
  return execution.facts.executionType === 'STANDARD' && execution.nextEventId > LIMITS.executionEvents - EVENTS_KEPT_FREE;
}

async function proceed(turn: Turn, thread: Thread): Promise<void> {
  const { phase } = thread;
  if (phase.kind === 'entering') enterState(turn, thread, phase.name, phase.input);
  await guarded(turn, thread, () => beginState(turn, thread));
}

/** What a state throws is its failure; anything else is a bug of ours. */
export async function guarded(turn: Turn, thread: Thread, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof StateFailure)) throw error;
    await failState(turn, thread, error.failure);
  }
}

async function follow(turn: Turn, work: Work): Promise<void> {
  const thread = turn.thread(work.threadId);
  // Something that came up before it may have ended the thread, or what it waited for.
  if (thread === undefined || waitedFor(thread) !== work.waitedFor) return;
  switch (work.kind) {
    case 'result':
      thread.phase = { kind: 'ending' };
      if (turn.state(thread).kind === 'Task') turn.observer?.saw('result', work.result);
      return guarded(turn, thread, () => completeState(turn, thread, turn.scope(thread), work.result));
    case 'failure':
      return failState(turn, thread, work.failure);
    case 'waited':
      return guarded(turn, thread, () => leave(turn, thread, turn.state(thread)));
    case 'items':
      return guarded(turn, thread, () => startWith(turn, thread, work.items, work.origin));
    case 'next-iteration':
      return guarded(turn, thread, () => nextIteration(turn, thread, work.previousEventId));
    default:
      return work satisfies never;
  }
}

function waitedFor({ phase }: Thread): string | undefined {
  switch (phase.kind) {
    case 'task':
      return phase.taskId;
    case 'waiting':
      return phase.timerId;
    case 'reading':
      return phase.readId;
    case 'map-run':
      return phase.mapRunId;
    case 'children':
      return String(phase.serial);
    case 'entering':
    case 'again':
    case 'retrying':
    case 'ending':
    case 'halted':
    case 'done':
      return undefined;
    default:
      return phase satisfies never;
  }
}

/** What followed from inputs, and no further state: for those who drive one state by hand. */
export async function followAll(turn: Turn): Promise<void> {
  for (let work = turn.work.shift(); work !== undefined; work = turn.work.shift()) await follow(turn, work);
}
