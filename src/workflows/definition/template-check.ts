// Checks payload templates where they stand: every `.$` member is a path or an intrinsic function.

import { EvaluationError, InvalidExpression } from '../expressions/failure.ts';
import { checkIntrinsic, isIntrinsic } from '../expressions/intrinsics.ts';
import { isArray, isObject } from '../expressions/json.ts';
import type { Json } from '../expressions/json.ts';
import { compilePath } from '../expressions/json-path.ts';
import { isDynamic } from '../expressions/payload-template.ts';
import type { Diagnostics } from './diagnostics.ts';

export function checkTemplate(template: Json, location: string, diagnostics: Diagnostics): void {
  if (isArray(template)) {
    for (const [index, item] of template.entries()) checkTemplate(item, `${location}[${index}]`, diagnostics);
  } else if (isObject(template)) {
    for (const [key, value] of Object.entries(template)) {
      const at = `${location}/${key}`;
      if (isDynamic(key)) checkDynamic(key, value, at, diagnostics);
      else if (looksDynamic(value))
        diagnostics.warn(
          'NO_DOLLAR',
          at,
          `The value looks like a path or an intrinsic function, but '${key}' does not end in '.$'`,
        );
      else checkTemplate(value, at, diagnostics);
    }
  }
}

function checkDynamic(key: string, value: Json, location: string, diagnostics: Diagnostics): void {
  const message = `The value for the field '${key}' must be a valid JSONPath or a valid intrinsic function call`;
  if (typeof value !== 'string') return diagnostics.schema(location, message);
  try {
    if (isIntrinsic(value)) checkIntrinsic(value);
    else compilePath(value);
  } catch (error) {
    if (!(error instanceof InvalidExpression || error instanceof EvaluationError)) throw error;
    diagnostics.schema(location, message);
  }
}

/** `$5` is an amount. */
const PATH = /^\$(?!\d)/;
const CALL = /^States\.\w+\(/;

/** A text that would be a path or an intrinsic function in a field that takes one. */
export function looksDynamic(value: Json | undefined): boolean {
  if (typeof value !== 'string') return false;
  if (!PATH.test(value)) return CALL.test(value);
  try {
    compilePath(value);
    return true;
  } catch (error) {
    if (!(error instanceof InvalidExpression)) throw error;
    return false;
  }
}

/** The same somewhere in a value that stands for itself. */
export function hasDynamic(value: Json | undefined): boolean {
  if (isArray(value)) return value.some(hasDynamic);
  if (isObject(value)) return Object.entries(value).some(([key, inner]) => isDynamic(key) || hasDynamic(inner));
  return looksDynamic(value);
}
