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
      if (isDynamic(key)) checkDynamic(key, value, `${location}/${key}`, diagnostics);
      else checkTemplate(value, `${location}/${key}`, diagnostics);
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
