// Delimited text by the rules of AWS.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CsvRecords, type CsvDelimiter } from './csv-records.ts';

function read(pieces: readonly string[], delimiter: CsvDelimiter = 'COMMA'): readonly (readonly string[])[] {
  const records = new CsvRecords(delimiter, 1000);
  return [...pieces.flatMap((piece) => [...records.push(piece)]), ...records.end()];
}

test('fields are separated by the delimiter, records by line ends of any kind', () => {
  assert.deepEqual(read(['a,b\r\nc,d\ne,f\rg,h']), [
    ['a', 'b'],
    ['c', 'd'],
    ['e', 'f'],
    ['g', 'h'],
  ]);
  for (const [delimiter, text] of [
    ['PIPE', 'a,|b'],
    ['SEMICOLON', 'a,;b'],
    ['SPACE', 'a, b'],
    ['TAB', 'a,\tb'],
  ] as const)
    assert.deepEqual(read([text], delimiter), [['a,', 'b']]);
});

test('a quoted field holds delimiters, line ends and doubled quotes', () => {
  assert.deepEqual(read(['"a,b","c\r\nd","say ""hello"""\n']), [['a,b', 'c\r\nd', 'say "hello"']]);
});

test('a doubled quote is a quote in a field without quotes, as in the JSON of the example of AWS', () => {
  assert.deepEqual(read(['1,{""MyKey"":""MyValue""},x']), [['1', '{"MyKey":"MyValue"}', 'x']]);
});

test('a backslash makes a quote, a delimiter or a backslash plain, and is dropped before anything else', () => {
  assert.deepEqual(read(['a\\,b,c\\"d,e\\\\f,g\\h']), [['a,b', 'c"d', 'e\\f', 'gh']]);
});

test('empty fields are fields, and empty lines are no records', () => {
  assert.deepEqual(read(['a,,\n\n""\n,\n']), [['a', '', ''], [''], ['', '']]);
});

test('a quoted field without an end, and a record without one, are told', () => {
  assert.throws(() => read(['a,"b']), SyntaxError);
  assert.throws(() => read(['x'.repeat(600), 'x'.repeat(600)]), RangeError);
  assert.throws(() => read([','.repeat(600), ','.repeat(600)]), RangeError, 'fields without characters take room too');
});

test('however the text is cut, its records are the same', () => {
  const character = fc.constantFrom('a', ',', '"', '\\', '\r', '\n', ' ');
  fc.assert(
    fc.property(fc.array(character, { maxLength: 40 }), fc.array(fc.nat(40), { maxLength: 5 }), (characters, cuts) => {
      const text = characters.join('');
      const at = [0, ...cuts.map((cut) => Math.min(cut, text.length)).toSorted((left, right) => left - right), text.length];
      const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
      assert.deepEqual(outcomeOf(pieces), outcomeOf([text]));
    }),
  );
});

function outcomeOf(pieces: readonly string[]): unknown {
  try {
    return read(pieces);
  } catch (error) {
    return String(error);
  }
}
