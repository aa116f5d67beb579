// The index and the compiled pattern against a reference that tries everything; and the index asks few.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compilePattern } from './compile-pattern.ts';
import { matchesTogether } from './consistent-match.ts';
import { parsePattern } from './pattern-syntax.ts';
import { referenceMatches } from '../../test/support/reference-matcher.ts';
import { RuleIndex } from './rule-index.ts';

const ascending = (one: number, other: number) => one - other;
const scalar = fc.constantFrom('a', 'ab', 'b', '', 1, 2, true, null);
const name = fc.constantFrom('x', 'y', 'z', 'x.y');
const { event } = fc.letrec<{ event: object; value: unknown }>((tie) => ({
  event: fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  value: fc.oneof({ maxDepth: 4 }, scalar, tie('event'), fc.array(tie('value'), { maxLength: 3 })),
}));

const operator = fc.oneof(
  scalar,
  fc.constantFrom<object>(
    { prefix: 'a' },
    { suffix: 'b' },
    { wildcard: 'a*' },
    { wildcard: '*b' },
    { 'equals-ignore-case': 'AB' },
    { 'anything-but': 'a' },
    { 'anything-but': [1] },
    { 'anything-but': { prefix: 'a' } },
    { numeric: ['>', 1] },
    { exists: true },
    { exists: false },
  ),
);
const { pattern } = fc.letrec<{ pattern: object; value: unknown }>((tie) => ({
  pattern: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.dictionary(fc.constantFrom('x', 'y', 'z'), tie('value'), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
    },
    { weight: 1, arbitrary: fc.array(tie('pattern'), { minLength: 2, maxLength: 2 }).map((items) => ({ $or: items })) },
  ),
  value: fc.oneof({ maxDepth: 2 }, { weight: 2, arbitrary: fc.array(operator, { minLength: 1, maxLength: 3 }) }, tie('pattern')),
}));

test('a pattern matches what the reference matches', () => {
  fc.assert(
    fc.property(pattern, event, (pattern, event) => {
      const text = JSON.stringify(pattern);
      assert.equal(compilePattern(text)(event), referenceMatches(parsePattern(text), event));
    }),
    { numRuns: 3000 },
  );
});

const step = fc.record({ name: fc.nat(7), pattern: fc.option(pattern, { freq: 4 }) });

test('an index finds what its patterns match one by one, while they come and go', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.array(event, { minLength: 1, maxLength: 4 }), (steps, events) => {
      const index = new RuleIndex<number>();
      const patterns = new Map<number, string>();
      for (const { name, pattern } of steps) {
        if (pattern === null) assert.equal(index.delete(name), patterns.delete(name));
        else {
          index.set(name, parsePattern(JSON.stringify(pattern)));
          patterns.set(name, JSON.stringify(pattern));
        }
      }
      assert.equal(index.size, patterns.size);
      for (const event of events) {
        const expected = [...patterns].filter(([, text]) => compilePattern(text)(event)).map(([name]) => name);
        assert.deepEqual([...index.matches(event)].sort(ascending), expected.sort(ascending));
      }
    }),
    { numRuns: 1000 },
  );
});

test('ten thousand rules are not asked: each is found by what only it names', () => {
  const askedAmong = (count: number) => {
    const index = new RuleIndex<number>();
    for (let n = 0; n < count; n += 1) {
      const own = [{ id: [`id-${n}`] }, { key: [{ prefix: `folder-${n}/` }] }, { file: [{ wildcard: `*.type${n}` }] }][n % 3];
      index.set(n, parsePattern(JSON.stringify({ source: ['shop'], detail: { ...own, amount: [{ numeric: ['>', 0] }] } })));
    }
    const detail = { id: 'id-3', key: 'folder-4/x', file: 'x.type5', amount: 5 };
    assert.deepEqual([...index.matches({ source: 'shop', detail })].sort(ascending), [3, 4, 5]);
    return index.asked;
  };
  assert.equal(askedAmong(10), 3);
  assert.equal(askedAmong(10_000), 3);
});

test('what many rules ask of one value of an event is worked out once', (context) => {
  const index = new RuleIndex<number>();
  for (let n = 0; n < 100; n += 1) index.set(n, parsePattern(JSON.stringify({ x: [{ 'equals-ignore-case': `V${n}` }] })));
  const fold = context.mock.method(String.prototype, 'toLowerCase');
  assert.deepEqual(index.matches({ x: 'v7' }), [7]);
  assert.equal(fold.mock.callCount(), 1);
});

test('the values of a field that stand in arrays are put in order once for all who ask', () => {
  let readings = 0;
  const values = Object.assign(['a', 'b'], {
    entries() {
      readings += 1;
      return ['a', 'b'].entries();
    },
  });
  const found = { values, places: [0, 1].map((at) => ({ array: 1, index: at, outer: undefined })) };
  const asked = (wanted: string) => [{ mayBeAbsent: false, test: (value: unknown) => value === wanted, found }];
  assert.deepEqual(
    ['a', 'b', 'c'].map((wanted) => matchesTogether(asked(wanted))),
    [true, true, false],
  );
  assert.equal(readings, 1);
});
