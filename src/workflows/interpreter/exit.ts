// How a state ends: its output and variables are made, the history says so, and its thread goes on or is done.

import { LIMITS } from '#kernel';
import type { State } from '../definition/state.ts';
import type { Json, JsonObject } from '../expressions/json.ts';
import { isObject, member } from '../expressions/json.ts';
import { boundedText, shownText } from '../expressions/payload-text.ts';
import { placesOf, withValueAt } from '../expressions/reference-path.ts';
import type { Thread } from './execution.ts';
import { exitedDetails } from './history.ts';
import type { Scope, Subject } from './scope.ts';
import { StateFailure } from './state-failure.ts';
import type { Turn } from './turn.ts';
import { threadDone } from './children.ts';

type Leaving = {
  /** JSONPath: before OutputPath. JSONata: where there is no Output. */
  readonly output: Json;
  /** What `$` means to a JSONPath Assign. */
  readonly assignDocument: Json;
  readonly subject: Subject;
  readonly assign: JsonObject | undefined;
  readonly outputTemplate: Json | undefined;
  readonly next: string | undefined;
  /** A caught error's output is not passed through OutputPath. */
  readonly outputPath: string | null | undefined;
  /** Where its fields stand, for causes: `Choices[0]/`. */
  readonly prefix?: string;
};

export async function exitState(turn: Turn, thread: Thread, scope: Scope, leaving: Leaving): Promise<void> {
  const state = turn.state(thread);
  const prefix = leaving.prefix ?? '';
  // Both see the variables as they were: they are evaluated side by side.
  const assigned = leaving.assign === undefined ? undefined : await assignedOf(leaving.assign, scope, leaving, prefix);
  const output =
    leaving.outputTemplate === undefined
      ? scope.wholePath(leaving.outputPath, leaving.output)
      : await scope.jsonata(leaving.outputTemplate, `${prefix}Output`, leaving.subject);
  const text = scope.payload(output);
  if (assigned !== undefined) keep(turn, thread, scope, assigned);
  const exited = turn.event(`${state.kind}StateExited`, thread.previousEventId, exitedDetails(state.name, text, assigned));
  thread.previousEventId = exited;
  thread.current = undefined;
  turn.touched.add(thread.id);
  turn.observer?.exited(output, leaving.next);
  if (leaving.next === undefined) threadDone(turn, thread, output, text);
  else turn.phase(thread, { kind: 'entering', name: leaving.next, input: output });
}

/** Those of the scopes around it count too; what its siblings have is not seen from here. */
function keep(turn: Turn, thread: Thread, scope: Scope, assigned: JsonObject): void {
  let added = 0;
  for (const [name, value] of Object.entries(assigned)) {
    const old = member(thread.variables, name);
    added += bytesOf(value) - (old === undefined ? 0 : bytesOf(old));
  }
  if (turn.variableBytes(thread) + added > LIMITS.executionVariableBytes) throw tooManyVariables(scope);
  thread.variableBytes += added;
  thread.variables = { ...thread.variables, ...assigned };
}

function bytesOf(value: Json): number {
  return Buffer.byteLength(shownText(value));
}

function tooManyVariables(scope: Scope): StateFailure {
  return scope.failure(
    'States.DataLimitExceeded',
    'The size of the assigned variables exceeds the maximum number of bytes service limit.',
  );
}

async function assignedOf(assign: JsonObject, scope: Scope, leaving: Leaving, prefix: string): Promise<JsonObject> {
  const assigned = await scope.template(assign, `${prefix}Assign`, leaving.assignDocument, leaving.subject);
  if (boundedText(assigned, LIMITS.variableBytes) === undefined) {
    throw tooManyVariables(scope);
  }
  return isObject(assigned) ? assigned : {};
}

/** A state with a result: what it selects of it, and where it puts it. */
export async function completeState(turn: Turn, thread: Thread, scope: Scope, result: Json): Promise<void> {
  const state = turn.state(thread);
  const { input } = turn.current(thread);
  const subject = { input, result };
  const common = { assignDocument: result, subject, assign: state.assign, outputTemplate: state.output, next: state.next };
  if (state.language === 'JSONata') return exitState(turn, thread, scope, { ...common, output: result, outputPath: undefined });
  const selected =
    'resultSelector' in state && state.resultSelector !== undefined
      ? await scope.template(state.resultSelector, 'ResultSelector', result, subject)
      : result;
  turn.observer?.saw('afterResultSelector', selected);
  const output = placed(state, input, selected, scope);
  turn.observer?.saw('afterResultPath', output);
  return exitState(turn, thread, scope, { ...common, output, outputPath: state.outputPath });
}

function placed(state: State, input: Json, result: Json, scope: Scope): Json {
  const path = 'resultPath' in state ? state.resultPath : undefined;
  return atResultPath(path, input, result, scope);
}

export function atResultPath(path: string | null | undefined, input: Json, result: Json, scope: Scope): Json {
  if (path === undefined || path === '$') return result;
  if (path === null) return input;
  const output = withValueAt(input, placesOf(path) ?? [], result);
  if (output !== undefined) return output;
  throw new StateFailure({
    error: 'States.ResultPathMatchFailure',
    cause: scope.cause(`Unable to apply ResultPath '${path}' to the input '${shownText(input)}'`),
  });
}
