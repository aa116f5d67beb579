// Wildcards of policies, against regular expressions.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as assertProperty, constantFrom, property } from 'fast-check';
import { matches } from './wildcards.ts';

describe('matches', () => {
  it('agrees with a regular expression on every pattern', () => {
    const text = array(constantFrom('a', 'b', '.'), { maxLength: 12 }).map((parts) => parts.join(''));
    const pattern = array(constantFrom('a', 'b', '.', '*', '?'), { maxLength: 8 }).map((parts) => parts.join(''));
    assertProperty(
      property(pattern, text, (pattern, text) => {
        const expected = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text);
        assert.equal(matches(pattern, text), expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('a pattern made to backtrack ends at once', () => {
    assert.equal(matches(`${'a*'.repeat(500)}b`, 'a'.repeat(2000)), false);
  });
});
