// Where an expression is evaluated: at once where it is plain, in this thread where its work is bounded and small, and otherwise wherever its host has a place for it.

import type { Random } from '#kernel';
import { isLight } from './bounded-work.ts';
import { SEED_BYTES } from './draws.ts';
import type { Expression } from './expression.ts';
import { evaluateJsonata } from './jsonata.ts';
import type { Given } from './jsonata.ts';
import { isObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { BEYOND } from './plain-jsonata.ts';

export type Bindings = { readonly states: JsonObject; readonly variable: (name: string) => Json | undefined };

/** Evaluates what may take long. Rejects with `EvaluationError` and with nothing else; answers undefined where the expression does. */
export interface Evaluator {
  /** `tenant`: whose it is, so that one who asks much waits behind himself. */
  evaluate(expression: Expression, given: Given, tenant: string): Promise<Json | undefined>;
}

/** For tests, and for machines of one's own: a long evaluation stops whatever else its thread does. */
export const evaluatorInPlace: Evaluator = { evaluate: (expression, given) => evaluateJsonata(expression, given) };

export type EvaluationHost = {
  readonly evaluator: Evaluator;
  readonly random: Random;
  readonly nowMs: number;
  readonly tenant: string;
};

export function evaluateExpression(
  expression: Expression,
  bindings: Bindings,
  host: EvaluationHost,
): Json | undefined | Promise<Json | undefined> {
  const plain = expression.plain === undefined ? BEYOND : expression.plain(bindings);
  if (plain !== BEYOND) return plain;
  const variables = new Map<string, Json>();
  for (const name of expression.mentions) {
    const value = bindings.variable(name);
    if (value !== undefined) variables.set(name, value);
  }
  const { nowMs } = host;
  const seed = expression.draws ? Buffer.from(host.random.bytes(SEED_BYTES)).toString('base64') : '';
  const given: Given = { states: bindings.states, variables, nowMs, seed };
  if (expression.work !== undefined && isLight(expression.work, valuesOf(given))) return evaluateJsonata(expression, given);
  return host.evaluator.evaluate(expression, given, host.tenant);
}

function valuesOf({ states, variables }: Given): readonly Json[] {
  return [...(isObject(states) ? Object.values(states) : []), ...variables.values()];
}
