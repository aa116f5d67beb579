// Payload templates of JSONPath states: a member whose name ends in `.$` is a path or an intrinsic function, anything else stands for itself.
// https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html

import type { Random } from '#kernel';
import { evaluateIntrinsic, isIntrinsic } from './intrinsics.ts';
import { isArray, isObject } from './json.ts';
import type { Json } from './json.ts';
import { evaluatePath } from './json-path.ts';
import type { Documents } from './json-path.ts';

const DYNAMIC = '.$';

/** A value that failed, with the member that asked for it: `value.$`. */
export class TemplateFailure extends Error {
  override readonly name = 'TemplateFailure';
  readonly field: string;

  constructor(field: string, cause: unknown) {
    super(`The field '${field}' cannot be evaluated`, { cause });
    this.field = field;
  }
}

export function fillTemplate(template: Json, documents: Documents, random: Random): Json {
  if (isArray(template)) return template.map((item) => fillTemplate(item, documents, random));
  if (!isObject(template)) return template;
  return Object.fromEntries(Object.entries(template).map(([key, value]) => filled(key, value, documents, random)));
}

function filled(key: string, value: Json, documents: Documents, random: Random): [string, Json] {
  if (!key.endsWith(DYNAMIC) || typeof value !== 'string') return [key, fillTemplate(value, documents, random)];
  try {
    return [key.slice(0, -DYNAMIC.length), evaluateText(value, documents, random)];
  } catch (error) {
    throw new TemplateFailure(key, error);
  }
}

/** A path, or an intrinsic function. */
export function evaluateText(text: string, documents: Documents, random: Random): Json {
  return isIntrinsic(text) ? evaluateIntrinsic(text, documents, random) : evaluatePath(text, documents);
}

export function isDynamic(key: string): boolean {
  return key.endsWith(DYNAMIC);
}
