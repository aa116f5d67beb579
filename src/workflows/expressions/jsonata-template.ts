// Templates of JSONata states: any string that is `{% … %}` as a whole is an expression, however deep it stands.

import { EvaluationError } from './failure.ts';
import { evaluateJsonata, isJsonata, jsonataSource } from './jsonata.ts';
import type { Bindings, Host } from './jsonata.ts';
import { isArray, isObject } from './json.ts';
import type { Json } from './json.ts';

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

/** Answers at once where nothing has to be evaluated, which is most of what templates hold. */
export function fillJsonata(template: Json, location: string, bindings: Bindings, host: Host): Json | Promise<Json> {
  return holdsExpression(template) ? fill(template, location, bindings, host) : template;
}

function holdsExpression(template: Json): boolean {
  if (typeof template === 'string') return isJsonata(template);
  if (isArray(template)) return template.some(holdsExpression);
  return isObject(template) && Object.values(template).some(holdsExpression);
}

async function fill(template: Json, location: string, bindings: Bindings, host: Host): Promise<Json> {
  if (typeof template === 'string') return isJsonata(template) ? evaluateOne(template, location, bindings, host) : template;
  if (isArray(template)) {
    const items: Json[] = [];
    for (const [index, item] of template.entries()) items.push(await fill(item, `${location}[${index}]`, bindings, host));
    return items;
  }
  if (!isObject(template)) return template;
  const members: [string, Json][] = [];
  for (const [key, value] of Object.entries(template)) members.push([key, await fill(value, `${location}/${key}`, bindings, host)]);
  return Object.fromEntries(members);
}

async function evaluateOne(template: string, location: string, bindings: Bindings, host: Host): Promise<Json> {
  const source = jsonataSource(template);
  try {
    const value = await evaluateJsonata(source, bindings, host);
    if (value !== undefined) return value;
  } catch (error) {
    if (error instanceof EvaluationError) throw new JsonataFailure(location, error);
    throw error;
  }
  throw new JsonataFailure(
    location,
    new EvaluationError({ kind: 'undefined', expression: source }, 'returned nothing (undefined).'),
  );
}
