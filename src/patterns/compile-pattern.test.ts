// What patterns match: the examples of AWS's guide, and the edges that event-ruler decides.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePattern } from './compile-pattern.ts';

function check(
  pattern: unknown,
  { matches = [], misses = [] }: { readonly matches?: unknown[]; readonly misses?: unknown[] },
): void {
  const accepts = compilePattern(typeof pattern === 'string' ? pattern : JSON.stringify(pattern));
  const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 200);
  for (const event of matches) assert.equal(accepts(event), true, `${shown(pattern)} must match ${shown(event)}`);
  for (const event of misses) assert.equal(accepts(event), false, `${shown(pattern)} must not match ${shown(event)}`);
}

test('literals match by value and type', () => {
  check(
    { a: ['x', 5, true, null, ''] },
    {
      matches: [{ a: 'x' }, { a: 5 }, { a: 5.0 }, { a: true }, { a: null }, { a: '' }, { a: ['y', 'x'] }],
      misses: [{ a: 'X' }, { a: '5' }, { a: false }, {}, { a: [] }, { a: {} }, { b: 'x' }, null, 'x', []],
    },
  );
  check('{"a": [5.0]}', { matches: [{ a: 5 }] });
  check('{"a": [3.018e2]}', { matches: [{ a: 301.8 }] });
});

test('null and the empty string are values of their own', () => {
  check({ a: [null] }, { matches: [{ a: null }, { a: [null] }], misses: [{ a: '' }, {}, { a: [] }, { a: 'null' }] });
  check({ a: [''] }, { matches: [{ a: '' }], misses: [{ a: null }, {}] });
});

test('prefixes and suffixes are of strings, and may ignore case', () => {
  check({ time: [{ prefix: '2017-10-02' }] }, { matches: [{ time: '2017-10-02T18:43:48Z' }], misses: [{ time: '2017-10-03' }] });
  check({ a: [{ prefix: '1' }] }, { misses: [{ a: 12 }, { a: null }] });
  check({ a: [{ prefix: '' }] }, { matches: [{ a: '' }, { a: 'x' }], misses: [{ a: 1 }, {}] });
  check({ a: [{ suffix: '.png' }] }, { matches: [{ a: 'x.png' }, { a: '.png' }], misses: [{ a: 'x.PNG' }, { a: 'png' }] });
  check({ a: [{ prefix: { 'equals-ignore-case': 'EventB' } }] }, { matches: [{ a: 'eventbridge' }], misses: [{ a: 'even' }] });
  check({ a: [{ suffix: { 'equals-ignore-case': '.png' } }] }, { matches: [{ a: 'X.PNG' }], misses: [{ a: 'X.PN' }] });
  check({ a: [{ 'equals-ignore-case': 'ALICE' }] }, { matches: [{ a: 'alice' }, { a: 'Alice' }], misses: [{ a: 'alice ' }] });
  check({ a: [{ exactly: '10.0.0.1' }] }, { matches: [{ a: '10.0.0.1' }], misses: [{ a: '010.0.0.1' }] });
});

test('anything-but is fulfilled by whatever is there and is none of it, of any type', () => {
  check(
    { a: [{ 'anything-but': 'x' }] },
    {
      matches: [{ a: 'y' }, { a: null }, { a: 5 }, { a: ['x', 'y'] }],
      misses: [{ a: 'x' }, {}, { a: [] }, { a: ['x'] }],
    },
  );
  check({ a: [{ 'anything-but': 0 }] }, { matches: [{ a: 789 }, { a: '0' }], misses: [{ a: 0 }, { a: -0 }] });
  check({ a: [{ 'anything-but': [100, 200] }] }, { matches: [{ a: 300 }, { a: '100' }], misses: [{ a: 200 }] });
  check({ a: [{ 'anything-but': ['stopped', 'overloaded'] }] }, { matches: [{ a: 'ok' }], misses: [{ a: 'overloaded' }] });
  check(
    { a: [{ 'anything-but': { prefix: ['init', 'error'] } }] },
    { matches: [{ a: 'ok' }, { a: 3 }], misses: [{ a: 'error 5' }] },
  );
  check({ a: [{ 'anything-but': { suffix: '.txt' } }] }, { matches: [{ a: 'x.png' }], misses: [{ a: 'x.txt' }] });
  check({ a: [{ 'anything-but': { 'equals-ignore-case': ['Stopped'] } }] }, { matches: [{ a: 'x' }], misses: [{ a: 'STOPPED' }] });
  check(
    { a: [{ 'anything-but': { wildcard: ['*/lib/*', '*.jar'] } }] },
    { matches: [{ a: '/bin/x' }], misses: [{ a: '/lib/x' }, { a: 'y.jar' }] },
  );
});

test('numbers are compared as doubles, and only with numbers', () => {
  check(
    { a: [{ numeric: ['>', 0, '<=', 5] }] },
    { matches: [{ a: 5 }, { a: 1e-300 }], misses: [{ a: 0 }, { a: 5.0001 }, { a: '3' }, { a: null }] },
  );
  check({ a: [{ numeric: ['<', 10] }] }, { matches: [{ a: -1e308 }], misses: [{ a: 10 }] });
  check({ a: [{ numeric: ['>=', 1.5] }] }, { matches: [{ a: 1.5 }], misses: [{ a: 1.49 }] });
  check({ a: [{ numeric: ['=', 3.018e2] }] }, { matches: [{ a: 301.8 }], misses: [{ a: 301 }] });
  check('{"account": [123456789012]}', { matches: [{ account: 123456789012 }], misses: [{ account: 123456789013 }] });
});

test('wildcards stand for any characters, from none', () => {
  check(
    { a: [{ wildcard: 'dir/*.png' }] },
    { matches: [{ a: 'dir/.png' }, { a: 'dir/a/b.png' }], misses: [{ a: 'dir/a.jpg' }, { a: 'dir.png' }] },
  );
  check({ a: [{ wildcard: '*' }] }, { matches: [{ a: '' }, { a: 'x' }], misses: [{ a: 5 }, {}] });
  check({ a: [{ wildcard: 'ab*ba' }] }, { matches: [{ a: 'abba' }], misses: [{ a: 'aba' }] });
  check({ a: [{ wildcard: '*aXb*aXc*' }] }, { matches: [{ a: 'aXaXbaXaXc' }], misses: [{ a: 'aXbaX' }] });
  check(String.raw`{"a": [{"wildcard": "\\*\\\\*"}]}`, { matches: [{ a: String.raw`*\x` }], misses: [{ a: String.raw`a\x` }] });
});

test('blocks of addresses, and addresses in any spelling', () => {
  check(
    { ip: [{ cidr: '10.0.0.0/24' }] },
    { matches: [{ ip: '10.0.0.255' }], misses: [{ ip: '10.0.1.0' }, { ip: 'host' }, { ip: 10 }, { ip: '10.0.0.256' }] },
  );
  check(
    { ip: [{ cidr: '2001:db8::/32' }] },
    { matches: [{ ip: '2001:DB8:1::5' }], misses: [{ ip: '2001:db9::' }, { ip: '10.0.0.1' }, { ip: '1::2::3' }] },
  );
  check({ ip: [{ cidr: '0.0.0.0/0' }] }, { matches: [{ ip: '255.255.255.255' }], misses: [{ ip: '::' }] });
  check({ ip: ['2001:db8::1'] }, { matches: [{ ip: '2001:0db8:0:0:0:0:0:1' }], misses: [{ ip: '2001:db8::2' }] });
  check({ ip: ['999.1.1.1', 'a:b'] }, { matches: [{ ip: '999.1.1.1' }, { ip: 'a:b' }], misses: [{ ip: '99.1.1.1' }] });
});

test('exists asks for leaves: an object, and an array without values, are none', () => {
  check(
    { a: [{ exists: true }] },
    { matches: [{ a: null }, { a: [0] }, { a: [[1]] }], misses: [{}, { a: {} }, { a: [] }, { a: { b: 1 } }] },
  );
  check({ a: [{ exists: false }] }, { matches: [{}, { a: {} }, { a: [] }, { a: { b: 1 } }], misses: [{ a: null }, { a: [1] }] });
  check({ a: [{ exists: false }, 'x'] }, { matches: [{}, { a: 'x' }], misses: [{ a: 'y' }] });
  check({ a: [{ exists: false }], b: [1] }, { matches: [{ b: 1 }], misses: [{ a: 2, b: 1 }, {}] });
});

test('$or makes alternatives, also below each other and beside each other', () => {
  check(
    { source: ['s'], $or: [{ a: [1] }, { b: [2], $or: [{ c: [3] }, { d: [4] }] }] },
    {
      matches: [
        { source: 's', a: 1 },
        { source: 's', b: 2, d: 4 },
      ],
      misses: [{ a: 1 }, { source: 's' }, { source: 's', b: 2 }],
    },
  );
  check(
    { $or: [{ a: [1] }, { b: [2] }], x: { $or: [{ c: [3] }, { d: [4] }] } },
    {
      matches: [
        { a: 1, x: { d: 4 } },
        { b: 2, x: { c: 3 } },
      ],
      misses: [{ a: 1 }, { x: { c: 3 } }],
    },
  );
});

test('paths are joined by dots on both sides, and the last of two equal names counts', () => {
  check({ a: { b: [1] } }, { matches: [{ 'a.b': 1 }, { a: { b: 1 } }] });
  check({ 'a.b': [1] }, { matches: [{ a: { b: 1 } }], misses: [{ a: 1, b: 1 }] });
  check('{"a": [1], "a": [2]}', { matches: [{ a: 2 }], misses: [{ a: 1 }] });
  check({ __proto__: null, constructor: ['x'] }, { matches: [{ constructor: 'x' }], misses: [{}] });
});

test('fields below one array must be of one element', () => {
  const both = { items: { a: [1], b: [2] } };
  check(both, {
    matches: [
      {
        items: [
          { a: 0, b: 2 },
          { a: 1, b: 2 },
        ],
      },
      { items: { a: 1, b: 2 } },
    ],
    misses: [
      { items: [{ a: 1 }, { b: 2 }] },
      {
        items: [
          { a: 1, b: 3 },
          { a: 0, b: 2 },
        ],
      },
    ],
  });
  check({ x: { a: [1] }, y: { b: [2] } }, { matches: [{ x: [{ a: 0 }, { a: 1 }], y: [{ b: 2 }, { b: 3 }] }] });
  // The sports page of event-ruler's own tests: https://github.com/aws/event-ruler
  const league = { employees: { firstName: ['Anna'], dates: { start: ['2014'], position: ['pitcher'] } } };
  const person = (firstName: string, ...dates: object[]) => ({ firstName, dates });
  check(league, {
    matches: [{ employees: [person('Bob'), person('Anna', { start: '2014', position: 'pitcher' })] }],
    misses: [
      { employees: [person('Anna', { start: '2014', position: 'batter' }, { start: '2015', position: 'pitcher' })] },
      { employees: [person('Anna', { start: '2014' }), person('Bob', { position: 'pitcher' })] },
    ],
  });
});

test('what must be absent is absent from the element that was chosen before it, in the order of paths', () => {
  check(
    { items: { a: [1], z: [{ exists: false }] } },
    {
      matches: [{ items: [{ a: 1 }, { a: 2, z: 1 }] }],
      misses: [{ items: [{ a: 1, z: 1 }, { a: 2 }] }],
    },
  );
  check(
    { items: { a: [{ exists: false }], z: [1] } },
    { misses: [{ items: [{ z: 1 }, { a: 1 }] }], matches: [{ items: [{ z: 1 }] }] },
  );
});

test('an event made to be slow is not', () => {
  // Each of these would take minutes where choices were tried in all combinations.
  const items = Array.from({ length: 20_000 }, (_, n) => ({ a: n % 2, b: (n + 1) % 2 }));
  check({ x: { a: [1], b: [1] }, y: { a: [1], b: [1] } }, { misses: [{ x: items, y: items }] });
  check({ x: { a: [1] }, y: { a: [1], b: [1] } }, { misses: [{ x: items, y: items }] });
  const grid = Array.from({ length: 200 }, () => ({ b: 1, c: Array.from({ length: 200 }, (_, n) => ({ d: n, e: n + 1 })) }));
  check({ x: { b: [1], c: { d: [7], e: [7] } } }, { misses: [{ x: grid }] });
  let deep: unknown = 1;
  for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
  assert.equal(compilePattern('{"x": [1]}')({ x: deep }), false);
  check({ x: [{ wildcard: `*${'a'.repeat(500)}b*${'a'.repeat(500)}b*` }] }, { misses: [{ x: 'a'.repeat(300_000) }] });
});
