// Mocked results against schemas: kinds, ranges, lengths, values, and what each mode lets through.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mockFault } from './mock-schema.ts';
import type { MockSchema } from './mock-schema.ts';

const schema: MockSchema = {
  kind: 'structure',
  members: () => [
    { name: 'Arn', isRequired: true, schema: { kind: 'string', lengthMin: 1 } },
    { name: 'Size', isRequired: false, schema: { kind: 'number', min: 128, max: 10_240 } },
    { name: 'Class', isRequired: false, schema: { kind: 'string', values: ['STANDARD'] } },
    { name: 'Inner', isRequired: false, schema: { kind: 'list', item: () => schema } },
  ],
};

test('what the schema asks for is asked for in words of AWS', () => {
  const faults = [
    [{}, "Required field 'Arn' is missing"],
    [{ Arn: '' }, "Field 'Arn' is smaller than the minimum length"],
    [{ Arn: 'a', Size: 127 }, "Field 'Size' is less than the minimum value"],
    [{ Arn: 'a', Size: 10_241 }, "Field 'Size' exceeds the maximum value"],
    [{ Arn: 'a', Class: 'Papyrus' }, "Field 'Class' is not an expected value"],
    [{ Arn: 'a', Inner: {} }, "Field 'Inner' must be an array"],
    [{ Arn: 'a', Inner: [{ Arn: 1 }] }, "Field 'Arn' must be a string"],
    [{ Arn: 'a', Another: true }, undefined],
  ] as const;
  for (const [result, fault] of faults) assert.equal(mockFault(schema, result, 'STRICT'), fault);
});

test('PRESENT asks only of what is there, NONE asks nothing', () => {
  assert.equal(mockFault(schema, { Inner: [{}] }, 'PRESENT'), undefined);
  assert.equal(mockFault(schema, { Size: 'large' }, 'PRESENT'), "Field 'Size' must be a number");
  assert.equal(mockFault(schema, { Size: 'large' }, 'NONE'), undefined);
});
