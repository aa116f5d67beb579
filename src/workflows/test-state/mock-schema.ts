// Whether a mocked result looks like what the service would answer. https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html

import { isArray, isObject, member } from '../expressions/json.ts';
import type { Json } from '../expressions/json.ts';

export type MockSchema =
  | { readonly kind: 'structure'; readonly members: () => readonly MockMember[] }
  | { readonly kind: 'list'; readonly item: () => MockSchema }
  | { readonly kind: 'map'; readonly value: () => MockSchema }
  | { readonly kind: 'string'; readonly lengthMin?: number; readonly lengthMax?: number; readonly values?: readonly string[] }
  | { readonly kind: 'number'; readonly min?: number; readonly max?: number }
  | { readonly kind: 'boolean' }
  /** Whatever the service's own users put there. */
  | { readonly kind: 'anything' };

export type MockMember = { readonly name: string; readonly isRequired: boolean; readonly schema: MockSchema };

export type FieldValidation = 'STRICT' | 'PRESENT' | 'NONE';

/** What is wrong with it, in AWS's words, or undefined. Fields that the service does not have are let through. */
export function mockFault(schema: MockSchema, result: Json, mode: FieldValidation): string | undefined {
  return mode === 'NONE' ? undefined : faultOf(schema, 'result', result, mode);
}

function faultOf(schema: MockSchema, field: string, value: Json, mode: FieldValidation): string | undefined {
  switch (schema.kind) {
    case 'structure':
      if (!isObject(value)) return `Field '${field}' must be an object`;
      for (const { name, isRequired, schema: inner } of schema.members()) {
        const found = member(value, name);
        if (found === undefined && isRequired && mode === 'STRICT') return `Required field '${name}' is missing`;
        const fault = found === undefined || found === null ? undefined : faultOf(inner, name, found, mode);
        if (fault !== undefined) return fault;
      }
      return undefined;
    case 'list':
      if (!isArray(value)) return `Field '${field}' must be an array`;
      return firstFault(value, schema.item(), field, mode);
    case 'map':
      if (!isObject(value)) return `Field '${field}' must be an object`;
      return firstFault(Object.values(value), schema.value(), field, mode);
    case 'string':
      return textFault(schema, field, value);
    case 'number':
      if (typeof value !== 'number') return `Field '${field}' must be a number`;
      if (schema.min !== undefined && value < schema.min) return `Field '${field}' is less than the minimum value`;
      return schema.max !== undefined && value > schema.max ? `Field '${field}' exceeds the maximum value` : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `Field '${field}' must be a boolean`;
    case 'anything':
      return undefined;
    default:
      return schema satisfies never;
  }
}

function firstFault(values: readonly Json[], schema: MockSchema, field: string, mode: FieldValidation): string | undefined {
  for (const value of values) {
    const fault = faultOf(schema, field, value, mode);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function textFault(schema: Extract<MockSchema, { kind: 'string' }>, field: string, value: Json): string | undefined {
  if (typeof value !== 'string') return `Field '${field}' must be a string`;
  if (schema.lengthMin !== undefined && value.length < schema.lengthMin)
    return `Field '${field}' is smaller than the minimum length`;
  if (schema.lengthMax !== undefined && value.length > schema.lengthMax) return `Field '${field}' exceeds the maximum length`;
  return schema.values === undefined || schema.values.includes(value) ? undefined : `Field '${field}' is not an expected value`;
}
