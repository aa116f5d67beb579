// Regular expressions of filter patterns, against a backtracking engine.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LinearRegex } from './linear-regex.ts';

test("the examples of AWS's documentation match what it says", () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['AUTHORIZED', ['[ERROR 401] UNAUTHORIZED REQUEST', '[SUCCESS 200] AUTHORIZED REQUEST'], ['authorized']],
    ['^[hc]at', ['hat', 'cats'], ['a hat', 'bat']],
    ['[hc]at$', ['hat', 'a cat', 'a cat\n'], ['hats', 'cat\n\n']],
    ['colou?r', ['color', 'colour'], ['colouur']],
    ['a{3,5}', ['aaa', 'baaaab'], ['aa']],
    ['gra|ey', ['gray', 'grey'], ['grxy']],
    ['^starting|^initializing|^shutting down', ['starting x', 'shutting down'], ['skipping initializing']],
    ['\\[.\\]', ['[a]', '[]]', '[ ]'], ['[]', '[ab']],
    ['ab[0-9]*', ['ab', 'ab129'], ['a']],
    ['ab+c', ['abc', 'abbc'], ['ac']],
    ['\\d\\D\\s\\S\\w\\W', ['1a b_ '], ['11 b_ ']],
    ['\\x3A\\x28', [':('], [':)']],
    ['val.{2}', ['value'], ['val']],
  ];
  for (const [source, hits, misses] of cases) {
    const regex = new LinearRegex(source);
    for (const text of hits) assert.equal(regex.test(text), true, `%${source}% finds ${JSON.stringify(text)}`);
    for (const text of misses) assert.equal(regex.test(text), false, `%${source}% does not find ${JSON.stringify(text)}`);
  }
});

test('a character beyond the basic plane is one character, and no ASCII class holds it', () => {
  assert.equal(new LinearRegex('^a.b$').test('a🙀b'), true);
  assert.equal(new LinearRegex('^a..b$').test('a🙀b'), false);
  assert.equal(new LinearRegex('^[^x]$').test('参'), true);
  assert.equal(new LinearRegex('^\\w$').test('参'), false);
});

test('what the dialect does not have is refused with the place where it stands', () => {
  const refused = [
    '(a)',
    'a!',
    'a**',
    '*a',
    'a^b',
    'a$b',
    '[a',
    '[]',
    '[z-a]',
    'a{3,2}',
    'a{,}',
    'a{x}',
    '\\y',
    '\\x8',
    '\\xff',
    'é',
    'a\\',
    '',
  ];
  for (const source of refused) {
    assert.throws(
      () => new LinearRegex(source),
      { code: 'InvalidParameterException', message: /^Invalid filter pattern: / },
      source,
    );
  }
});

test('an expression that expands too far is refused before it is laid out', () => {
  for (const source of ['a{999999999}', 'a{1000}b{1000}', Array.from({ length: 600 }, () => 'a').join('|')]) {
    assert.throws(() => new LinearRegex(source), { code: 'InvalidParameterException' }, source);
  }
});

const character = fc.constantFrom('a', 'b', 'c', '0', ' ');
const atom = fc.oneof(character, fc.constantFrom('.', '\\d', '\\W', '\\s', '[ab]', '[^a]', '[a-c0]', '[\\d_]', '\\.', '\\x61'));
const quantifier = fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{0,2}', '{1,}', '{1,3}', '{40}');
const row = fc
  .tuple(fc.constantFrom('', '', '^'), fc.array(fc.tuple(atom, quantifier), { maxLength: 6 }), fc.constantFrom('', '', '$'))
  .map(([start, parts, end]) => start + parts.map((part) => part.join('')).join('') + end);
const expression = fc.array(row, { minLength: 1, maxLength: 3 }).map((rows) => rows.join('|'));

test('it finds exactly what a backtracking engine finds', () => {
  fc.assert(
    fc.property(expression, fc.array(character, { maxLength: 60 }), (source, characters) => {
      fc.pre(source !== '');
      const text = characters.join('');
      // `s`: a dot also stands for a newline.
      assert.equal(
        new LinearRegex(source).test(text),
        new RegExp(source, 's').test(text),
        `%${source}% in ${JSON.stringify(text)}`,
      );
    }),
    { numRuns: 3000 },
  );
});
