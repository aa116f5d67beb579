// What is true of every execution, however often its platform died: its history is whole, each step is recorded once and was done at least once, and
// nothing was done before what it follows from was on the disk.

import type { Effect } from './effect-sink.ts';

/** An event as far as the checks look at it. */
export interface SeenEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
  /** Of a state that was left. */
  readonly exited?: string | undefined;
  /** Of a task that has succeeded. */
  readonly output?: string | undefined;
  /** Why the execution has failed. */
  readonly failure?: string | undefined;
}

/** Steps of a higher rank only come after those of a lower one. */
export interface PlannedStep {
  readonly step: string;
  readonly times: number;
  readonly rank: number;
  /** Where it is seen; in both places where nothing is said: a child's own tasks are in the child's history. */
  readonly happens?: 'outside' | 'in the history';
}

export interface Examined {
  readonly name: string;
  readonly plan: readonly PlannedStep[];
  readonly status: string;
  readonly history: readonly SeenEvent[];
  readonly effects: readonly Effect[];
  readonly isStopAsked: boolean;
  /** Although a stop was acknowledged before. */
  readonly hasGoneOn: boolean;
  /** An answer to its task was acknowledged. */
  readonly isAnswered: boolean;
}

const ENDS: Readonly<Record<string, string>> = { SUCCEEDED: 'ExecutionSucceeded', ABORTED: 'ExecutionAborted' };

/** Every finding as a sentence. */
export function findingsOf(examined: Examined): readonly string[] {
  const { name, plan, status, history, effects, isStopAsked, hasGoneOn } = examined;
  const findings = [...disorderOf(history), ...orderOfEffects(effects, plan)];
  const last = history.at(-1);
  if (last?.type !== ENDS[status])
    findings.push(
      `it is ${status} and its history ends with ${last?.type}${last?.failure === undefined ? '' : `: ${last.failure}`}`,
    );
  if (status === 'ABORTED' && !isStopAsked) findings.push('nobody stopped it');
  if (hasGoneOn) findings.push('a stop was acknowledged, and it has gone on');
  if (status === 'SUCCEEDED') findings.push(...recordedOnce(examined), ...answersOf(examined));
  return findings.map((finding) => `${name}: ${finding}`);
}

/** No id twice, no gap, and each event after one that was there before it. */
function disorderOf(history: readonly SeenEvent[]): readonly string[] {
  return history.flatMap(({ id, previousEventId, type }, index) => {
    const findings: string[] = [];
    if (id !== index + 1) findings.push(`the event ${id} (${type}) is the ${index + 1}th`);
    if (previousEventId < 0 || previousEventId > index || (index === 0 && previousEventId !== 0))
      findings.push(`the event ${id} (${type}) comes after ${previousEventId}`);
    return findings;
  });
}

function recordedOnce({ plan, history, effects }: Examined): readonly string[] {
  const recorded = plan.filter(({ happens }) => happens !== 'outside');
  const done = plan.filter(({ happens }) => happens !== 'in the history');
  const findings = [
    ...recorded.flatMap(({ step, times }) => {
      const exits = count(history, ({ exited }) => exited === step);
      return exits === times ? [] : [`the step ${step} is recorded ${exits} times`];
    }),
    ...done.flatMap(({ step, times }) => {
      const items = new Set(effects.filter((effect) => effect.step === step).map(({ item }) => item));
      return items.size === times ? [] : [`the step ${step} was to be done for ${times}, and was for ${items.size}`];
    }),
  ];
  const successes = count(history, ({ type }) => type === 'TaskSucceeded' || type === 'LambdaFunctionSucceeded');
  const steps = recorded.reduce((sum, { times }) => sum + times, 0);
  if (successes !== steps) findings.push(`${successes} tasks have succeeded, of ${steps}`);
  // One step after the other: the first state's event follows nothing, all others what was before them.
  const isLine = plan.every(({ rank }, index) => rank === index + 1) && !plan.some(({ step }) => step === 'flaky');
  if (isLine && history.some(({ previousEventId }, index) => index >= 2 && previousEventId !== index))
    findings.push('its events do not follow one another');
  return findings;
}

function answersOf({ name, history, effects, isAnswered }: Examined): readonly string[] {
  const findings: string[] = [];
  const tokens = new Set(effects.flatMap(({ token }) => token ?? []));
  if (tokens.size > 1) findings.push(`one task had ${tokens.size} tokens`);
  const recorded = count(history, ({ output }) => output === answerTo(name));
  if (isAnswered && recorded !== 1) findings.push(`an answer was acknowledged and is recorded ${recorded} times`);
  return findings;
}

export function answerTo(execution: string): string {
  return JSON.stringify({ answer: execution });
}

function count<Item>(all: readonly Item[], is: (item: Item) => boolean): number {
  return all.filter(is).length;
}

/** A step is begun when what came before it is on the disk, and what is on the disk is not done again. */
function orderOfEffects(effects: readonly Effect[], plan: readonly PlannedStep[]): readonly string[] {
  const ranks = new Map(plan.map(({ step, rank }) => [step, rank]));
  let latest = 0;
  return effects.flatMap(({ step }) => {
    const rank = ranks.get(step);
    if (rank === undefined) return [`it did ${step}, which nobody planned`];
    const isEarlier = rank < latest;
    latest = Math.max(latest, rank);
    return isEarlier ? [`it did ${step} again after a later step`] : [];
  });
}
