// JSONata expressions with AWS's functions, and with bounds on time, depth, sequences, texts and whatever else a stranger's expression could grow.
// https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
//
// An evaluation runs in this process's own thread, and only between its own promises: so a bound on its time is a bound on how long the platform stands still.

import jsonata from 'jsonata';
import type { Random } from '#kernel';
import { LIMITS } from '#kernel';
import { EvaluationError, InvalidExpression } from './failure.ts';
import { hostFunctions, registerGuardedFunctions } from './jsonata-functions.ts';
import type { Json } from './json.ts';
import { LinearRegex } from './linear-regex.ts';
import { remembered } from './memo.ts';
import { jsonOfResult } from './result.ts';
import { Weights } from './weights.ts';

export type Bindings = { readonly states: Json; readonly variables: ReadonlyMap<string, Json> };
export type Host = { readonly random: Random; readonly nowMs: number };

const EXPRESSIONS_KEPT = 5000;
/** What jsonata calls after each step of an evaluation; the name is its own. */
const EVALUATED = Symbol.for('jsonata.__evaluate_exit');
const SIGNATURE_OPTIONS_MAX = 3;

const compiled = remembered(EXPRESSIONS_KEPT, compile);

export function isJsonata(text: string): boolean {
  return text.startsWith('{%') && text.endsWith('%}') && text.length >= 4;
}

/** What stands between `{%` and `%}`, trimmed, as AWS shows it in causes. */
export function jsonataSource(text: string): string {
  return text.slice(2, -2).trim();
}

/** Throws `InvalidExpression` for what is not JSONata, and answers the syntax tree of what is. */
export function jsonataTree(source: string): jsonata.ExprNode {
  return compiled(source).expression.ast();
}

/** Undefined where the expression answers nothing. */
export async function evaluateJsonata(source: string, bindings: Bindings, host: Host): Promise<Json | undefined> {
  const { expression } = compiled(source);
  // Variables go first: `$states` and AWS's functions are nobody's to replace.
  const names: Record<string, unknown> = Object.fromEntries(bindings.variables);
  Object.assign(names, hostFunctions(host), { states: bindings.states, eval: undefined });
  const weights = new Weights(LIMITS.expressionNodes, LIMITS.expressionTextLength);
  names[EVALUATED_NAME] = (_expression: unknown, _input: unknown, _environment: unknown, result: unknown) => weights.check(result);
  try {
    // The document is nothing: every value comes through `$states` or a variable.
    return jsonOfResult(await expression.evaluate(undefined, names), LIMITS.expressionNodes);
  } catch (error) {
    const failure = failureOf(error);
    throw new EvaluationError({ kind: 'jsonata', expression: source, code: failure.code }, failure.text, { cause: error });
  }
}

/** Bound under a name that no expression can spell is not possible for symbols, which `evaluate` does not copy: so a plain name hands over to the symbol. */
const EVALUATED_NAME = '\u0000evaluated';

type Environment = { lookup(name: string): unknown };

function compile(source: string): { readonly expression: jsonata.Expression } {
  let expression: jsonata.Expression;
  try {
    expression = jsonata(source, {
      timeout: LIMITS.expressionTimeMs,
      stack: LIMITS.expressionDepth,
      sequence: LIMITS.expressionSequence,
      RegexEngine: LinearRegex as unknown as RegExpConstructor,
    });
  } catch (error) {
    throw new InvalidExpression(failureOf(error).text, { cause: error });
  }
  checkSignatures(source);
  registerGuardedFunctions(expression);
  const evaluated = (node: unknown, input: unknown, environment: Environment, result: unknown): unknown => {
    const check = environment.lookup(EVALUATED_NAME);
    return typeof check === 'function' ? check(node, input, environment, result) : undefined;
  };
  expression.assign(EVALUATED as unknown as string, evaluated);
  return { expression };
}

/** jsonata makes a backtracking regular expression of a lambda's signature: each optional or repeated parameter multiplies its ways to match. */
function checkSignatures(source: string): void {
  for (const [signature] of source.matchAll(/\)\s*<[^{]*>/g)) {
    if ((signature.match(/[+?-]/g)?.length ?? 0) > SIGNATURE_OPTIONS_MAX)
      throw new InvalidExpression('A function signature has too many optional parameters');
  }
}

function failureOf(error: unknown): { readonly code: string | undefined; readonly text: string } {
  if (typeof error !== 'object' || error === null) return { code: undefined, text: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const message = 'message' in error && typeof error.message === 'string' ? error.message : 'The expression failed';
  return { code, text: code === undefined ? message : `${code}: ${message}` };
}
