// Reading literals as data, and refusing everything else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readLiteral } from './literal.ts';

test('reads what a config is made of', () => {
  const source = `{ memory: 512, neg: -1.5e3, hex: 0xff, "a-b": 'it\\'s', list: [1, "two", [true], ], empty: {}, no: undefined, nil: null, 1: 2, };`;
  assert.deepEqual(readLiteral(source), {
    memory: 512,
    neg: -1500,
    hex: 255,
    'a-b': "it's",
    list: [1, 'two', [true]],
    empty: {},
    no: undefined,
    nil: null,
    1: 2,
  });
});

test('reads every escape of a string', () => {
  assert.equal(readLiteral(String.raw`"\n\t\x41\u00e9\u{1F600}\\\"\'\q"`), '\n\tA\u00e9\u{1F600}\\"\'q');
});

test('reads back any JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      assert.deepEqual(readLiteral(JSON.stringify(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('a key named __proto__ is a key like any other', () => {
  const data = readLiteral('{ "__proto__": { polluted: true } }') as object;
  assert.equal(Object.getPrototypeOf(data), Object.prototype);
  assert.deepEqual(Object.keys(data), ['__proto__']);
});

test('refuses what is not data, and says where', () => {
  const refused: readonly (readonly [source: string, message: RegExp])[] = [
    ['{ memory: size }', /config\.memory is not plain data: size/],
    ['{ on: [{ s3: name() }] }', /config\.on\[0\]\.s3 is not plain data: name\(\)/],
    ['{ memory: 2 * 256 }', /config\.memory is not plain data/],
    ['{ env: process.env }', /config\.env is not plain data: process\.env/],
    ['{ ...others }', /config is not plain data: \.\.\.others/],
    ['{ [key]: 1 }', /config is not plain data/],
    ['{ a() {} }', /config\.a is not plain data/],
    ['{ a: true.constructor }', /config\.a is not plain data/],
    ['{ a: 1 }.b', /config is not plain data: \.b/],
    ['Object.freeze({})', /config is not plain data/],
    ['{ a: "open', /config\.a: the string does not end/],
    ['{ a: 1', /config\.a is not plain data/],
    [`${'['.repeat(40)}${']'.repeat(40)}`, /nested deeper than 32 levels/],
  ];
  for (const [source, message] of refused) assert.throws(() => readLiteral(source), { name: 'SyntaxError', message }, source);
});
