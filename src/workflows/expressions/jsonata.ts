// Evaluates JSONata with AWS's functions, within bounds on time, depth, sequences, texts and whatever else a stranger's expression could grow.
// https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
//
// Its bound on time is asked between the evaluator's own steps only: what may take longer than a step is evaluated by a process that can be ended (`processes.ts`).
// The time is the thread's own: jsonata's bound is the clock's, and would fail expressions because others keep the machine busy.

import { LIMITS } from '#kernel';
import { drawsOf } from './draws.ts';
import { EVALUATED_NAME, failureOf } from './expression.ts';
import type { Expression } from './expression.ts';
import { EvaluationError } from './failure.ts';
import { hostFunctions } from './jsonata-functions.ts';
import type { Json } from './json.ts';
import { jsonOfResult } from './result.ts';
import { Stopwatch } from './stopwatch.ts';
import { Weights } from './weights.ts';

/** What one evaluation is about: nothing but JSON, so that it can go to another thread. */
export type Given = {
  readonly states: Json;
  readonly variables: ReadonlyMap<string, Json>;
  readonly nowMs: number;
  /** Empty where the expression draws nothing. */
  readonly seed: string;
};

export function isJsonata(text: string): boolean {
  return text.startsWith('{%') && text.endsWith('%}') && text.length >= 4;
}

/** What stands between `{%` and `%}`, trimmed, as AWS shows it in causes. */
export function jsonataSource(text: string): string {
  return text.slice(2, -2).trim();
}

/** Undefined where the expression answers nothing. */
export async function evaluateJsonata({ source, jsonata }: Expression, given: Given): Promise<Json | undefined> {
  // Variables go first: `$states` and AWS's functions are nobody's to replace.
  const names: Record<string, unknown> = Object.fromEntries(given.variables);
  Object.assign(names, hostFunctions({ draws: drawsOf(given.seed), nowMs: given.nowMs }), {
    states: given.states,
    eval: undefined,
  });
  const weights = new Weights(LIMITS.expressionNodes, LIMITS.expressionTextLength);
  const stopwatch = new Stopwatch(LIMITS.expressionTimeMs);
  names[EVALUATED_NAME] = (_expression: unknown, _input: unknown, _environment: unknown, result: unknown) => {
    stopwatch.check();
    weights.check(result);
  };
  try {
    // The document is nothing: every value comes through `$states` or a variable.
    return jsonOfResult(await jsonata.evaluate(undefined, names), LIMITS.expressionNodes);
  } catch (error) {
    throw jsonataFailure(source, failureOf(error), error);
  }
}

export function jsonataFailure(
  source: string,
  failure: { readonly code: string | undefined; readonly text: string },
  cause?: unknown,
): EvaluationError {
  return new EvaluationError({ kind: 'jsonata', expression: source, code: failure.code }, failure.text, { cause });
}
