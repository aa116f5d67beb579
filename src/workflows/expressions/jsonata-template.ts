// Templates of JSONata states: any string that is `{% … %}` as a whole is an expression, however deep it stands. Each template is taken apart once.

import { readExpression } from './expression.ts';
import type { Expression } from './expression.ts';
import { EvaluationError } from './failure.ts';
import { isJsonata, jsonataSource } from './jsonata.ts';
import { isArray, isObject } from './json.ts';
import type { Json } from './json.ts';
import { remembered } from './memo.ts';

/** An expression that failed, with its place: `Output/total`. */
export class JsonataFailure extends Error {
  override readonly name = 'JsonataFailure';
  readonly location: string;
  readonly failure: EvaluationError;

  constructor(location: string, failure: EvaluationError) {
    super(`The field '${location}' cannot be evaluated`, { cause: failure });
    this.location = location;
    this.failure = failure;
  }
}

type Part =
  | { readonly kind: 'fixed'; readonly value: Json }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'array'; readonly items: readonly Part[] }
  | { readonly kind: 'object'; readonly keys: readonly string[]; readonly members: readonly Part[] };

export type Evaluate = (expression: Expression) => Json | undefined | Promise<Json | undefined>;

const TEXTS_KEPT = 5000;
const ofText = remembered(TEXTS_KEPT, (text): Part =>
  isJsonata(text) ? { kind: 'expression', expression: readExpression(jsonataSource(text)) } : { kind: 'fixed', value: text },
);
/** Templates are parts of machines, and never change. */
const ofObject = new WeakMap<object, Part>();

function partOf(template: Json): Part {
  if (typeof template === 'string') return template.startsWith('{%') ? ofText(template) : { kind: 'fixed', value: template };
  if (typeof template !== 'object' || template === null) return { kind: 'fixed', value: template };
  const known = ofObject.get(template);
  if (known !== undefined) return known;
  const part = takenApart(template);
  ofObject.set(template, part);
  return part;
}

function takenApart(template: Json): Part {
  const isList = isArray(template);
  if (!isList && !isObject(template)) return { kind: 'fixed', value: template };
  const parts = Object.values<Json>(template).map(partOf);
  if (parts.every(({ kind }) => kind === 'fixed')) return { kind: 'fixed', value: template };
  return isList ? { kind: 'array', items: parts } : { kind: 'object', keys: Object.keys(template), members: parts };
}

/** Answers at once unless something has to be waited for. Expressions are evaluated one after another: the first that fails is the one that is told of. */
export function fillJsonata(template: Json, location: string, evaluate: Evaluate): Json | Promise<Json> {
  return fill(partOf(template), location, evaluate);
}

function fill(part: Part, location: string, evaluate: Evaluate): Json | Promise<Json> {
  switch (part.kind) {
    case 'fixed':
      return part.value;
    case 'expression':
      return one(part.expression, location, evaluate);
    case 'array':
      return each(
        part.items,
        (index) => `${location}[${index}]`,
        evaluate,
        (values) => values,
      );
    case 'object': {
      const { keys } = part;
      return each(
        part.members,
        (index) => `${location}/${keys[index] ?? ''}`,
        evaluate,
        (values) => Object.fromEntries(keys.map((key, index) => [key, values[index] ?? null])),
      );
    }
    default:
      return part satisfies never;
  }
}

function each(
  parts: readonly Part[],
  place: (index: number) => string,
  evaluate: Evaluate,
  together: (values: readonly Json[]) => Json,
): Json | Promise<Json> {
  const values: Json[] = [];
  for (const [index, part] of parts.entries()) {
    const value = part.kind === 'fixed' ? part.value : fill(part, place(index), evaluate);
    if (value instanceof Promise) return awaited(values, value, index);
    values.push(value);
  }
  return together(values);

  async function awaited(before: Json[], pending: Promise<Json>, from: number): Promise<Json> {
    before.push(await pending);
    for (let index = from + 1; index < parts.length; index++) {
      const part = parts[index];
      if (part !== undefined) before.push(await fill(part, place(index), evaluate));
    }
    return together(before);
  }
}

function one(expression: Expression, location: string, evaluate: Evaluate): Json | Promise<Json> {
  const value = evaluate(expression);
  return value instanceof Promise
    ? value.then(
        (answer) => answered(answer, expression, location),
        (error: unknown) => Promise.reject(error instanceof EvaluationError ? new JsonataFailure(location, error) : error),
      )
    : answered(value, expression, location);
}

function answered(value: Json | undefined, { source }: Expression, location: string): Json {
  if (value !== undefined) return value;
  throw new JsonataFailure(
    location,
    new EvaluationError({ kind: 'undefined', expression: source }, 'returned nothing (undefined).'),
  );
}
