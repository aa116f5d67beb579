// Reads fields that hold templates: Parameters, ResultSelector, Arguments, Output, Assign.

import { LIMITS } from '#kernel';
import type { Json, JsonObject } from '../expressions/json.ts';
import type { Fields } from './fields.ts';
import { checkJsonataIn } from './jsonata-check.ts';
import { checkTemplate } from './template-check.ts';

const VARIABLE = /^[\p{L}_][\p{L}\p{N}_]*$/u;

export function readTemplate(fields: Fields, name: string): Json | undefined {
  const template = fields.get(name);
  if (template === undefined) return undefined;
  if (fields.language === 'JSONata') checkJsonataIn(template, fields.place(name), fields.diagnostics);
  else checkTemplate(template, fields.place(name), fields.diagnostics);
  return template;
}

export function readAssign(fields: Fields): JsonObject | undefined {
  const assign = fields.object('Assign');
  if (assign === undefined) return undefined;
  for (const key of Object.keys(assign)) {
    const name = fields.language === 'JSONPath' && key.endsWith('.$') ? key.slice(0, -2) : key;
    const at = `${fields.place('Assign')}/${key}`;
    if (name === 'states') fields.diagnostics.schema(at, "The variable name 'states' is reserved");
    else if (!VARIABLE.test(name) || name.length > LIMITS.variableNameLength)
      fields.diagnostics.schema(at, 'Value is not a valid variable name');
  }
  readTemplate(fields, 'Assign');
  return assign;
}
