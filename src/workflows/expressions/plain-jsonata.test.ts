// Plain expressions have JSONata's own answers, or leave them to JSONata.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { effort } from '../../../test/support/effort.ts';
import { readExpression } from './expression.ts';
import { evaluateJsonata } from './jsonata.ts';
import type { Json, JsonObject } from './json.ts';
import { BEYOND } from './plain-jsonata.ts';
import type { Values } from './plain-jsonata.ts';

const NAMES = ['a', 'b', 'c', 'toString'];
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Json[]>(null, true, false, 0, 1, -2, 1.5, 1e300, '', 'a', 'ä', [], {}),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 3 }),
  ),
})).value;

const source = fc.letrec<{ any: string; path: string }>((tie) => ({
  path: fc
    .tuple(
      fc.constantFrom('$states', '$states.input', '$states.input', '$own', '$sum', '$none'),
      fc.array(fc.constantFrom(...NAMES), { maxLength: 3 }),
    )
    .map(([start, names]) => [start, ...names].join('.')),
  any: fc.oneof(
    { depthSize: 'medium' },
    tie('path'),
    fc.constantFrom('1', '0', '-3', '"a"', '"["', 'null', 'true', 'false', '1.5', '""'),
    fc
      .tuple(tie('any'), fc.constantFrom('+', '-', '*', '/', '%', '<', '<=', '>', '>=', '=', '!=', '&', 'and', 'or'), tie('any'))
      .map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
    fc.tuple(tie('any'), tie('any'), tie('any')).map(([test, then, other]) => `((${test}) ? (${then}) : (${other}))`),
    fc.tuple(tie('any'), tie('any')).map(([test, then]) => `((${test}) ? (${then}))`),
    fc.array(tie('any'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), tie('any')), { maxLength: 3, selector: ([name]) => name })
      .map((members) => `{${members.map(([name, value]) => `"${name}": ${value}`).join(', ')}}`),
  ),
})).any;

test('whatever is plain has JSONata’s answer', async () => {
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(source, json, json, async (text, input, own) => {
      const expression = readExpression(text);
      const states: JsonObject = { input };
      const variables = new Map([['own', own]]);
      const values: Values = { states, variable: (name) => variables.get(name) };
      const answer = expression.plain === undefined ? BEYOND : expression.plain(values);
      if (answer === BEYOND) return;
      plain++;
      const expected = await evaluateJsonata(expression, { states, variables, nowMs: 0, seed: '' });
      assert.equal(JSON.stringify(answer), JSON.stringify(expected), text);
    }),
    { numRuns: effort(1000, 50_000) },
  );
  assert(plain > 100, 'many of them are');
});

test('what is not plain is left to JSONata', () => {
  const others = [
    '$states.input[0]',
    '$states.*',
    '$x.(a)',
    '$count($x)',
    '$',
    '$$.a',
    '-$x',
    '$x ~> $f',
    '($x; $y)',
    '[1..3]',
    '$uuid',
    '{"a": 1, "a": 2}',
  ];
  for (const text of others) assert.equal(readExpression(text).plain, undefined, text);
});
