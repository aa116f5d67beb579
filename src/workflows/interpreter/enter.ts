// What each type of state does when it begins, and when it begins again.

import assert from 'node:assert/strict';
import type { ChoiceState, FailState, PassState, Setting, State, WaitState } from '../definition/state.ts';
import type { Json } from '../expressions/json.ts';
import { shownText } from '../expressions/payload-text.ts';
import { startBranches } from './children.ts';
import { chosen } from './choice.ts';
import type { Thread } from './execution.ts';
import { completeState, exitState } from './exit.ts';
import { enteredDetails } from './history.ts';
import { startMap } from './maps.ts';
import type { Scope } from './scope.ts';
import { StateFailure } from './state-failure.ts';
import { startTask } from './tasks.ts';
import { instantOf } from '../expressions/timestamps.ts';
import type { Turn } from './turn.ts';

/** AWS counts a wait in seconds of 32 bits. */
const WAIT_SECONDS_MAX = 2 ** 31 - 1;

export function enterState(turn: Turn, thread: Thread, name: string, input: Json): void {
  const state = turn.flow(thread).states.get(name);
  assert(state !== undefined, 'a transition leads to a state that the definition has');
  const beforeEventId = thread.previousEventId;
  const text = turn.text(input);
  assert(text !== undefined, 'what a state is given was measured where it was made');
  const enteredEventId = turn.note(thread, `${state.kind}StateEntered`, enteredDetails(name, text));
  thread.current = { name, input, enteredEventId, enteredMs: turn.nowMs, beforeEventId, retryCount: 0, retries: [] };
}

export async function beginState(turn: Turn, thread: Thread): Promise<void> {
  const state = turn.state(thread);
  switch (state.kind) {
    case 'Pass':
      return pass(turn, thread, state);
    case 'Task':
      return startTask(turn, thread, state);
    case 'Choice':
      return choose(turn, thread, state);
    case 'Wait':
      return wait(turn, thread, state);
    case 'Succeed':
      return leave(turn, thread, state);
    case 'Fail':
      return fail(turn, thread, state);
    case 'Parallel': {
      const scope = turn.scope(thread);
      const { input } = turn.current(thread);
      const document = scope.wholePath(state.inputPath, input);
      const field = state.language === 'JSONata' ? 'Arguments' : 'Parameters';
      const given = state.parameters === undefined ? document : await scope.template(state.parameters, field, document, { input });
      scope.payload(given);
      return startBranches(turn, thread, state, given);
    }
    case 'Map':
      return startMap(turn, thread, state);
    default:
      return state satisfies never;
  }
}

async function pass(turn: Turn, thread: Thread, state: PassState): Promise<void> {
  const scope = turn.scope(thread);
  const { input } = turn.current(thread);
  if (state.language === 'JSONata') return leave(turn, thread, state);
  const document = scope.wholePath(state.inputPath, input);
  if (state.result !== undefined) turn.observer?.saw('result', state.result);
  else turn.observer?.saw('afterInputPath', document);
  const parameters =
    state.parameters === undefined ? document : await scope.template(state.parameters, 'Parameters', document, { input });
  if (state.result === undefined) turn.observer?.saw('afterParameters', parameters);
  return completeState(turn, thread, scope, state.result ?? parameters);
}

/** A state that does nothing to its input. */
export async function leave(turn: Turn, thread: Thread, state: State): Promise<void> {
  const scope = turn.scope(thread);
  const { input } = turn.current(thread);
  const document = scope.wholePath(state.inputPath, input);
  if (state.language === 'JSONPath') turn.observer?.saw('afterInputPath', document);
  return exitState(turn, thread, scope, {
    output: document,
    assignDocument: document,
    subject: { input },
    assign: state.assign,
    outputTemplate: state.output,
    next: state.next,
    outputPath: state.outputPath,
  });
}

async function choose(turn: Turn, thread: Thread, state: ChoiceState): Promise<void> {
  const scope = turn.scope(thread);
  const { input } = turn.current(thread);
  const document = scope.wholePath(state.inputPath, input);
  if (state.language === 'JSONPath') turn.observer?.saw('afterInputPath', document);
  const choice = await chosen(state.choices, scope, document, { input });
  if (choice === undefined && state.defaultNext === undefined) {
    throw scope.failure(
      'States.NoChoiceMatched',
      'Failed to transition out of the state. The state does not point to a next state.',
    );
  }
  const from = choice ?? { assign: state.assign, output: state.output, next: state.defaultNext };
  return exitState(turn, thread, scope, {
    output: document,
    assignDocument: document,
    subject: { input },
    assign: from.assign,
    outputTemplate: from.output,
    next: from.next,
    outputPath: state.outputPath,
    prefix: choice === undefined ? '' : `Choices[${state.choices.indexOf(choice)}]/`,
  });
}

async function wait(turn: Turn, thread: Thread, state: WaitState): Promise<void> {
  const scope = turn.scope(thread);
  const { input } = turn.current(thread);
  const document = scope.wholePath(state.inputPath, input);
  const dueMs =
    state.until.field === 'Seconds'
      ? turn.nowMs + 1000 * (await secondsOf(state.until, scope, document, input))
      : await instantMs(state.until, scope, document, input);
  if (dueMs - turn.nowMs > WAIT_SECONDS_MAX * 1000) throw scope.runtime('Wait state delay is too long');
  const timerId = `${thread.id}:wait:${thread.previousEventId}`;
  turn.phase(thread, { kind: 'waiting', timerId });
  turn.commands.push({ kind: 'start-timer', timerId, dueMs });
}

async function secondsOf(setting: Setting, scope: Scope, document: Json, input: Json): Promise<number> {
  if (setting.path === undefined) {
    const value = (await scope.setting(setting, document, { input }, 'number')) ?? null;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
    throw scope.queryFailure(`The Seconds field must be a non-negative integer but was: ${shownText(value)}`, 'Seconds');
  }
  const value = scope.peek(setting.path, document);
  if (value === undefined) throw scope.runtime(`The SecondsPath parameter does not reference an input value: ${setting.path}`);
  if (typeof value !== 'number' || !Number.isInteger(value))
    throw scope.runtime(`The SecondsPath parameter cannot be parsed as a long value: ${setting.path} == ${plain(value)}`);
  if (value < 0) throw scope.runtime(`The SecondsPath parameter references a negative value: ${setting.path} == ${value}`);
  return value;
}

async function instantMs(setting: Setting, scope: Scope, document: Json, input: Json): Promise<number> {
  const value =
    setting.path === undefined ? await scope.setting(setting, document, { input }, 'string') : scope.peek(setting.path, document);
  if (value === undefined)
    throw scope.runtime(`The TimestampPath parameter does not reference an input value: ${setting.path ?? ''}`);
  const instant = typeof value === 'string' ? instantOf(value) : undefined;
  if (instant !== undefined) return Number(instant / 1_000_000n);
  if (setting.path !== undefined)
    throw scope.runtime(
      `The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ${setting.path} == ${plain(value)}`,
    );
  throw scope.queryFailure(
    `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${plain(value)}`,
    'Timestamp',
  );
}

function plain(value: Json): string {
  return typeof value === 'string' ? value : shownText(value);
}

async function fail(turn: Turn, thread: Thread, state: FailState): Promise<never> {
  const scope = turn.scope(thread);
  const { input } = turn.current(thread);
  const document = scope.wholePath(state.inputPath, input);
  const error = await textOf(state.error, scope, document, input);
  const cause = await textOf(state.cause, scope, document, input);
  throw new StateFailure({ error, cause });
}

async function textOf(setting: Setting, scope: Scope, document: Json, input: Json): Promise<string | undefined> {
  const value = await scope.setting(setting, document, { input }, 'string');
  if (value === undefined || typeof value === 'string') return value;
  throw scope.runtime(`The ${setting.field}Path parameter does not reference a string: ${setting.path ?? ''} == ${plain(value)}`);
}
