// Definitions and inputs that would take hours, gigabytes or the stack of an interpreter without bounds: each ends as a failure of its execution.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Driver, machine } from '../../../test/support/flow-driver.ts';
import type { Json, JsonObject } from '../expressions/json.ts';

const FORMAT = (inner: string): string => `States.Format('${'{}'.repeat(10)}', ${Array<string>(10).fill(inner).join(', ')})`;

function nested(depth: number): Json {
  return JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as Json;
}

function pass(template: string): JsonObject {
  return { A: { Type: 'Pass', Parameters: { 'x.$': template }, End: true } };
}

const wide = Array.from({ length: 20_000 }, (_, index) => index);
const ATTACKS: readonly (readonly [name: string, states: JsonObject, input: Json, error: string])[] = [
  ['a path that multiplies what it finds', pass('$..[*]..[*]..[*]'), nested(400), 'States.Runtime'],
  ['a filter that goes over everything for each item', pass('$[?(@ in $)]'), wide, 'States.Runtime'],
  ['filters within filters', pass('$..[?(@..[?(@..x)])]'), nested(900), 'States.Runtime'],
  ['calls that print their arguments again and again', pass(FORMAT(FORMAT(FORMAT('$')))), 'x'.repeat(200_000), 'States.Runtime'],
  [
    'a template that names its input often',
    { A: { Type: 'Pass', Parameters: Object.fromEntries(wide.slice(0, 5000).map((index) => [`x${index}.$`, '$'])), End: true } },
    'x'.repeat(200_000),
    'States.DataLimitExceeded',
  ],
  [
    'a pattern that is looked for everywhere',
    {
      A: { Type: 'Choice', Choices: [{ Variable: '$', StringMatches: `*b${'a'.repeat(2000)}*`, Next: 'B' }], Default: 'B' },
      B: { Type: 'Succeed' },
    },
    'a'.repeat(200_000),
    'States.Runtime',
  ],
  ['an input that is nested too deep', pass('$'), nested(5000), 'States.DataLimitExceeded'],
];

test('what would not end, or not fit, fails its execution and nothing else', async () => {
  for (const [name, states, input, error] of ATTACKS) {
    const driver = new Driver(machine(states), input);
    await driver.first({ kind: 'start' });
    assert(driver.execution.outcome?.status === 'FAILED', name);
    assert.equal(driver.execution.outcome.error, error, name);
  }
});
