// Arrays of JSON, element by element.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { JsonElements } from './json-elements.ts';

function read(pieces: readonly string[]): readonly unknown[] {
  // Values of any length come out of the generator: what is too long has a test of its own.
  const elements = new JsonElements(1_000_000);
  const found = pieces.flatMap((piece) => [...elements.push(piece)]);
  elements.end();
  return found.map((text): unknown => JSON.parse(text));
}

test('whatever an array holds, and however its text is cut, its elements are those that JSON has', () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 6 }),
      fc.nat(3),
      fc.integer({ min: 1, max: 9 }),
      (values, indent, size) => {
        const text = ` ${JSON.stringify(values, undefined, indent)}\n`;
        const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));
        assert.deepEqual(read(pieces), JSON.parse(JSON.stringify(values)));
      },
    ),
  );
});

test('what is no array, or none that is whole, is told', () => {
  for (const text of ['', ' ', '{}', '"[]"', '[', '[1', '[1,', '["a', '[1]]', '[1] x', '[,]', '[1,]', '[1,,2]', '[1 2]', '[}'])
    assert.throws(() => read([text]), SyntaxError, text);
});

test('an element that is longer than it may be is told before it is whole', () => {
  const elements = new JsonElements(10);
  assert.throws(() => [...elements.push('["0123456789')], RangeError);
});
