// What is no pattern, and how AWS says so.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InvalidPattern, parsePattern } from './pattern-syntax.ts';

function reasonOf(text: string): string {
  try {
    parsePattern(text);
  } catch (error) {
    assert(error instanceof InvalidPattern);
    return error.message;
  }
  throw new Error(`${text} passed`);
}

const place = (text: string, line: number, column: number) => `\n at [Source: (String)"${text}"; line: ${line}, column: ${column}]`;

describe('with the place where AWS stops reading', () => {
  const cases: readonly (readonly [pattern: string, reason: string, column: number])[] = [
    ['{"a": 42}', '"a" must be an object or an array', 9],
    ['{"a": "x"}', '"a" must be an object or an array', 8],
    ['{"a": []}', 'Empty arrays are not allowed', 9],
    ['{"a": {}}', 'Empty objects are not allowed', 9],
    ['{}', 'Empty objects are not allowed', 3],
    ['["a"]', 'Filter is not an object', 2],
    ['{"a": [["b"]]}', 'Match value must be String, number, true, false, or null', 9],
    ['{"a": [{"EXISTS": true}]}', 'Unrecognized match type EXISTS', 23],
    ['{"a": [{"numeric": [">", 0, ">", 0]}]}', 'Bad numeric range operator: >', 32],
    ['{"a": [{"numeric": [">", 0, "<"]}]}', 'Value of < must be numeric', 33],
    ['{"a": [{"numeric": 10}]}', 'Value of numeric must be an array.', 22],
    ['{"a": [{"numeric": ["=", "x"]}]}', 'Value of equals must be numeric', 27],
    ['{"a": [{"numeric": ["=", 1, 2]}]}', 'Too many elements in numeric expression', 30],
    ['{"a": [{"numeric": ["~", 1]}]}', 'Unrecognized numeric range operator: ~', 27],
    ['{"a": [{"prefix": 1}]}', 'prefix match pattern must be a string', 20],
    ['{"a": [{"suffix": [".png"]}]}', 'suffix match pattern must be a string', 20],
    ['{"a": [{"prefix": {"suffix": "x"}}]}', 'Unsupported prefix pattern: suffix', 31],
    ['{"a": [{"prefix": "a", "suffix": "b"}]}', 'Only one key allowed in match expression', 35],
    ['{"a": [{"exists": 1}]}', 'exists match pattern must be either true or false.', 20],
    ['{"a": [{"anything-but": null}]}', 'Value of anything-but must be an array or single string/number value.', 29],
    ['{"a": [{"anything-but": {"numeric": []}}]}', 'Unsupported anything-but pattern: numeric', 38],
    ['{"a": [{"anything-but": {"prefix": ""}}]}', 'Null prefix/suffix not allowed', 38],
    ['{"a": [{"wildcard": 5}]}', 'wildcard match pattern must be a string', 22],
    ['{"a": [{"wildcard": "a**"}]}', 'Consecutive wildcard characters at pos 2', 26],
    ['{"a": [{"equals-ignore-case": ["x"]}]}', 'equals-ignore-case match pattern must be a string', 32],
    ['{"$or": {"a": [1]}}', 'It must be an Array followed with $or.', 10],
    ['{"$or": [{"a": [1]}]}', 'There must have at least 2 Objects in $or relationship.', 21],
    ['{"$or": [1, 2]}', 'Only JSON object is allowed in array of $or relationship.', 11],
    ['{"$or": [{"prefix": ["x"]}, {"a": [1]}]}', 'prefix is Ruler reserved fieldName which cannot be used inside $or.', 22],
  ];
  for (const [pattern, reason, column] of cases)
    test(`${pattern}: ${reason}`, () => assert.equal(reasonOf(pattern), reason + place(pattern, 1, column)));

  test('in a later line', () =>
    assert.equal(reasonOf('{\n  "a": 42}'), '"a" must be an object or an array' + place('{\n  "a": 42}', 2, 10)));
});

test('some reasons have no place', () => {
  assert.equal(reasonOf('{"a": [{"cidr": "10.0.0.0"}]}'), "Malformed CIDR, one '/' required");
  assert.equal(reasonOf('{"a": [{"cidr": "10.0.0.0/x"}]}'), 'Malformed CIDR, mask bits must be an integer');
  assert.equal(reasonOf('{"a": [{"cidr": "10.0.0.0/-1"}]}'), 'Malformed CIDR, mask bits must not be negative');
  assert.equal(reasonOf('{"a": [{"cidr": "10.0.0.0/32"}]}'), 'IPv4 mask bits must be < 32');
  assert.equal(reasonOf('{"a": [{"cidr": "::/128"}]}'), 'IPv6 mask bits must be < 128');
  assert.equal(reasonOf('{"a": [{"cidr": "xx.11.xx/8"}]}'), 'Nonstandard IP address: xx.11.xx');
});

test('lists of anything-but are of one type, and numbers are such as a double holds', () => {
  assert.match(reasonOf('{"a": [{"anything-but": ["x", 1]}]}'), /^Inside anything but list, either all values/);
  assert.match(reasonOf('{"a": [{"anything-but": []}]}'), /^Inside anything but list/);
  assert.match(reasonOf('{"a": [{"anything-but": ["x", null]}]}'), /^Inside anything but list, start\|null\|boolean/);
  assert.match(reasonOf('{"a": [{"numeric": ["<", 0.12345678901234567890]}]}'), /^Cannot compare number : 0\.12345678901234567890/);
  assert.match(reasonOf('{"a": [{"numeric": ["<", 1e400]}]}'), /^Cannot compare number/);
  assert.match(reasonOf('{"a": [{"numeric": [">=", 5, "<", 5]}]}'), /^Bottom must be less than top/);
  assert.match(reasonOf(String.raw`{"a": [{"wildcard": "a\\b"}]}`), /^Invalid escape character at pos 2/);
});

test('what is no JSON is told in the words of the reader', () => {
  assert.equal(
    reasonOf('nonsense'),
    "Unrecognized token 'nonsense': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')" +
      place('nonsense', 1, 9),
  );
  assert.equal(
    reasonOf("{'a': 1}"),
    "Unexpected character (''' (code 39)): was expecting double-quote to start field name" + place("{'a': 1}", 1, 2),
  );
  for (const text of [
    '',
    '{',
    '{"a": [',
    '{"a": ["x',
    '{"a" [1]}',
    '{"a": [1,]}',
    '{"a": [01]}',
    '{"a": [1 2]}',
    '{"a": ["\n"]}',
    '{"a": [-]}',
  ])
    assert.notEqual(reasonOf(text), '', text);
  assert.match(reasonOf('{"a":'.repeat(1500)), /nesting depth \(1001\)/);
});

test('$or makes at most a thousand alternatives', () => {
  const or = (count: number) => JSON.stringify(Array.from({ length: count }, (_, n) => ({ [`f${n}`]: [n] })));
  assert.equal(parsePattern(`{"x": {"$or": ${or(10)}}, "y": {"$or": ${or(100)}}}`).alternatives.length, 1000);
  assert.match(reasonOf(`{"x": {"$or": ${or(10)}}, "y": {"$or": ${or(101)}}}`), /too complex/);
});

test('a pattern of many fields is refused before it takes long', () => {
  const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, [n]]));
  const or = Array.from({ length: 500 }, (_, n) => ({ [`o${n}`]: [n] }));
  assert.equal(parsePattern(JSON.stringify(fields(1000))).alternatives[0]?.size, 1000);
  assert.match(reasonOf(JSON.stringify(fields(20_000))), /too complex/);
  assert.equal(parsePattern(JSON.stringify({ $or: or, ...fields(39) })).alternatives.length, 500);
  assert.match(reasonOf(JSON.stringify({ $or: or, ...fields(15_000) })), /too complex/);
});
