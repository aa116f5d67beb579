// Filter patterns against the examples of AWS's documentation, and against a model.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseFilterPattern } from './filter-pattern.ts';

const matches = (pattern: string, message: string): boolean => parseFilterPattern(pattern).matches(message);

test('terms must all be there, whatever their order, in their letter case', () => {
  assert.equal(matches('ERROR ARGUMENTS', '[ERROR 419] MISSING ARGUMENTS'), true);
  assert.equal(matches('ERROR ARGUMENTS', '[ERROR 400] BAD REQUEST'), false);
  assert.equal(matches('error', '[ERROR 400]'), false);
});

test('an empty pattern and a phrase of whitespace match everything', () => {
  for (const pattern of ['', '  ', '" "', '""']) assert.equal(matches(pattern, 'anything'), true, JSON.stringify(pattern));
});

test('phrases, exclusions and optional terms work as AWS documents them', () => {
  assert.equal(matches('"INTERNAL SERVER ERROR"', '[ERROR 500] INTERNAL SERVER ERROR'), true);
  assert.equal(matches('"SERVER INTERNAL"', '[ERROR 500] INTERNAL SERVER ERROR'), false);
  assert.equal(matches('"a \\"quoted\\" word"', 'has a "quoted" word'), true);
  assert.equal(matches('ERROR -ARGUMENTS', '[ERROR 400] BAD REQUEST'), true);
  assert.equal(matches('ERROR -ARGUMENTS', '[ERROR 420] INVALID ARGUMENTS'), false);
  assert.equal(matches('"ERROR" - "Exiting"', 'Exiting with ERRORCODE: -1'), false);
  assert.equal(matches('?ERROR ?WARN', 'WARN message'), true);
  assert.equal(matches('?ERROR ?WARN', 'INFO message'), false);
  assert.equal(matches('?ERROR ?ARGUMENTS REQUEST', '[INFO] REQUEST FAILED'), true, 'with other terms, optional ones are ignored');
  assert.equal(matches('%4\\d\\d%', '[ERROR 419]'), true);
});

test('a term with other characters than letters, digits and underscores needs quotes', () => {
  assert.throws(() => parseFilterPattern('RequestId:'), {
    code: 'InvalidParameterException',
    message: /^Invalid character\(s\) in term 'RequestId:'/,
  });
});

const trail = JSON.stringify({
  eventType: 'UpdateTrail',
  sourceIPAddress: '111.111.111.111',
  arrayKey: ['value', 'another value'],
  objectList: [
    { name: 'a', id: 1 },
    { name: 'b', id: 2 },
  ],
  SomeObject: null,
  'cluster.name': 'c',
  ThisFlag: true,
  latency: 55.5,
});

test('JSON patterns choose events as in the examples of the documentation', () => {
  const hits = [
    '{ $.eventType = "UpdateTrail" }',
    '{ $.eventType = UpdateTrail }',
    '{ $.sourceIPAddress != 123.123.* }',
    '{ $.arrayKey[0] = "value" }',
    '{ $.objectList[1].id = 2 }',
    '{ $.eventType = %Trail% }',
    '{ $.arrayKey[*] = %val.{2}% }',
    '{ $.* = %111\\.111\\.111\\.1[0-9]{1,2}% }',
    '{ $.[\'cluster.name\'] = "c" }',
    '{ $.SomeObject IS NULL }',
    '{ $.SomeOtherObject NOT EXISTS }',
    '{ $.ThisFlag IS TRUE }',
    '{ $.latency <= 5.55e1 }',
    '{ $.latency = * }',
    '{$.eventType="UpdateTrail"&&($.latency>1e+3||$.latency>=55.5)}',
  ];
  for (const pattern of hits) assert.equal(matches(pattern, trail), true, pattern);
  const misses = [
    '{ $.objectList = 1 }',
    '{ $.objectList != 1 }',
    '{ $.missing != "x" }',
    '{ $.eventType = "Update" }',
    '{ $.constructor = * }',
    '{ $.SomeObject = "null" }',
    '{ $.ThisFlag IS FALSE }',
    '{ $.latency > 55.5 }',
    '{ $.eventType > 1 }',
  ];
  for (const pattern of misses) assert.equal(matches(pattern, trail), false, pattern);
  assert.equal(matches('{ $.eventType = * }', 'not { json'), false);
  assert.equal(matches('{ $.eventType = * }', '{ broken'), false);
});

// A search that goes back over the digits would look at each of them a million times, and hold up everybody for an hour.
test('digits that end in a letter cost one look, however many they are', () => {
  assert.equal(matches('{ $.size > 5 }', JSON.stringify({ size: `${'1'.repeat(1024 * 1024)}x` })), false);
  for (const size of ['6', '+6.', '.7e1']) assert.equal(matches('{ $.size > 5 }', JSON.stringify({ size })), true, size);
});

test('compound JSON patterns bind && closer than ||', () => {
  const event = JSON.stringify({
    user: { id: 1, email: 'John.Stiles@example.com' },
    actions: ['GET', 'PUT', 'DELETE'],
    coordinates: [[0, 1, 2]],
  });
  const either = '$.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch"';
  assert.equal(matches(`{ ${either} && $.actions[2] = "nonmatch" }`, event), true);
  assert.equal(matches(`{ (${either}) && $.actions[2] = "nonmatch" }`, event), false);
  assert.equal(matches('{ ($.user.id = 2 && $.actions[0] = "GET") || $.actions[2] = "GET" }', event), false);
});

const access = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';

test('space-delimited patterns lay their fields on those of the event', () => {
  const hits = [
    '[ip=%127\\.0\\.0\\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]',
    '[..., request =*.html*, status_code = 4*, bytes]',
    '[ip, user, ..., status_code, bytes > 1000]',
    '[ip, ...]',
    '[ip, user, username, timestamp, request =*.html*, status_code = 404 || status_code = 410, bytes]',
    '[, , , , , status_code = 4* && status_code != 403, ]',
  ];
  for (const pattern of hits) assert.equal(matches(pattern, access), true, pattern);
  for (const pattern of ['[a, b, c, d, e, f, g, h]', '[..., bytes > 2000]', '[ip != 127*, ...]'])
    assert.equal(matches(pattern, access), false, pattern);
});

test('without an ellipsis the last field takes the rest of the line', () => {
  const line = 'ERROR 09/25/2014 12:00:02 Failed to process request';
  assert.equal(matches('[w1=ERROR, w2]', line), true);
  assert.equal(matches('[w1=ERROR || w1=WARNING, w2]', line), true);
  assert.equal(matches('[w1!=ERROR && w1!=WARNING, w2]', line), false);
  const lambda = parseFilterPattern('[timestamp=*Z, request_id="*-*", event]');
  assert.equal(lambda.extract('2026-11-20T17:50:25.000Z\tab-cd\tINFO {"a": 1}\n')['$event'], 'INFO {"a": 1}');
});

test('extracted values carry the names of the pattern, and positions where it has none', () => {
  const values = parseFilterPattern('[..., request=*.html*, status_code=4*,]').extract(access);
  assert.deepEqual(
    { ...values },
    {
      $1: '127.0.0.1',
      $2: 'Prod',
      $3: 'frank',
      $4: '10/Oct/2000:13:25:15 -0700',
      $request: 'GET /index.html HTTP/1.0',
      $status_code: '404',
      $7: '1534',
    },
  );
  assert.deepEqual(
    { ...parseFilterPattern('{ $.latency > 50 && $.arrayKey[1] = * }').extract(trail) },
    { '$.latency': '55.5', '$.arrayKey[1]': 'another value' },
  );
});

test('broken and excessive patterns are refused, and say what is wrong', () => {
  const refused = [
    '{ $.a = "x" ',
    '{ $.a }',
    '{ a = 1 }',
    '{ $ = 1 }',
    '{ $.a = 1 } x',
    '{ $.a > "x" }',
    '{ $.a EXISTS }',
    '{ $.a IS NOT NULL }',
    '{ $.a[*].b[*] = 1 }',
    '{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.d[*] = 1 }',
    '{ $.a = %a% || $.a = %b% || $.a = %c% }',
    `{ ${'('.repeat(40)}$.a = 1${')'.repeat(40)} }`,
    '[a, b',
    '[..., a, ...]',
    '[a = 1 && b = 2]',
    '"open',
    '%open',
    '-',
    'x'.repeat(1025),
  ];
  for (const pattern of refused) assert.throws(() => parseFilterPattern(pattern), { code: 'InvalidParameterException' }, pattern);
});

// A small model of conditions: fields a, b, c hold numbers; the tree is written out and also evaluated directly.
type Tree = { readonly text: string; readonly value: (event: Record<string, number>) => boolean };

const leaf = fc
  .tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('=', '!=', '<', '<=', '>', '>='), fc.integer({ min: 0, max: 3 }))
  .map(([field, operator, number]): Tree => ({
    text: `$.${field} ${operator} ${number}`,
    value: (event) => {
      const found = event[field];
      if (found === undefined) return false;
      const order = Math.sign(found - number);
      return (
        { '=': order === 0, '!=': order !== 0, '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[operator] ??
        false
      );
    },
  }));
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.tuple(tie('tree'), tie('tree'), fc.boolean()).map(([left, right, isAnd]): Tree => ({
      text: `(${left.text}) ${isAnd ? '&&' : '||'} (${right.text})`,
      value: (event) => (isAnd ? left.value(event) && right.value(event) : left.value(event) || right.value(event)),
    })),
  ),
}));
const event = fc.record(
  { a: fc.integer({ min: 0, max: 3 }), b: fc.integer({ min: 0, max: 3 }), c: fc.integer({ min: 0, max: 3 }) },
  { requiredKeys: [] },
);

test('conditions are evaluated as a model evaluates them', () => {
  fc.assert(
    fc.property(tree, event, (condition, found) => {
      fc.pre(condition.text.length < 1000);
      assert.equal(matches(`{ ${condition.text} }`, JSON.stringify(found)), condition.value(found), condition.text);
    }),
    { numRuns: 1000 },
  );
});

test('no pattern and no message makes it throw anything but an answer', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '$',
    '.',
    '"',
    '%',
    '*',
    '=',
    '!',
    '&&',
    '||',
    '(',
    ')',
    ',',
    '...',
    ' ',
    'a',
    '1',
    '-',
    '?',
    '\\',
    "'",
    'IS',
    'NULL',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.array(piece, { maxLength: 30 }), (pattern, message) => {
      try {
        const parsed = parseFilterPattern(pattern.join(''));
        assert.equal(typeof parsed.matches(message.join('')), 'boolean');
        parsed.extract(message.join(''));
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'InvalidParameterException', String(error));
      }
    }),
    { numRuns: 5000 },
  );
});
