// Conditional requests, line by line of RFC 9110 section 13.2.2, and the narrower rules of writes and copies.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '#kernel';
import { checkCopyConditions, evaluateConditions, matchesEtag, writeCondition } from './conditions.ts';

const found = { etag: 'abc', lastModifiedMs: Date.UTC(2026, 10, 20, 12, 0, 0, 400) };
const sameSecond = Date.UTC(2026, 10, 20, 12);
const before = sameSecond - 1000;

const kind = (conditions: Parameters<typeof evaluateConditions>[0]) => evaluateConditions(conditions, found).kind;
const code = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error instanceof ApiError ? error.code : error;
  }
  return 'nothing';
};

test('nothing required is always met', () => assert.equal(kind({}), 'met'));

test('If-Match takes one tag, several, bare ones, weak ones and the star', () => {
  for (const header of ['"abc"', 'abc', '"x", "abc"', 'W/"abc"', '*']) assert.ok(matchesEtag(header, 'abc'), header);
  for (const header of ['"x"', '"ab"', '"abcd"', '']) assert.ok(!matchesEtag(header, 'abc'), header);
});

test('If-Match that fails is 412, and one that holds makes If-Unmodified-Since moot', () => {
  assert.equal(kind({ ifMatch: '"x"' }), 'failed');
  assert.equal(kind({ ifMatch: '"abc"', ifUnmodifiedSinceMs: before }), 'met');
  assert.equal(kind({ ifMatch: '"x"', ifUnmodifiedSinceMs: sameSecond }), 'failed');
});

test('If-Unmodified-Since compares whole seconds', () => {
  assert.equal(kind({ ifUnmodifiedSinceMs: sameSecond }), 'met');
  assert.equal(kind({ ifUnmodifiedSinceMs: before }), 'failed');
});

test('If-None-Match that matches is 304, whatever the dates say', () => {
  assert.equal(kind({ ifNoneMatch: '"abc"' }), 'notModified');
  assert.equal(kind({ ifNoneMatch: '"abc"', ifModifiedSinceMs: before }), 'notModified');
  assert.equal(kind({ ifNoneMatch: '"x"', ifModifiedSinceMs: sameSecond }), 'met');
  assert.equal(kind({ ifNoneMatch: '*' }), 'notModified');
});

test('If-Modified-Since compares whole seconds', () => {
  assert.equal(kind({ ifModifiedSinceMs: sameSecond }), 'notModified');
  assert.equal(kind({ ifModifiedSinceMs: before }), 'met');
});

test('412 comes before 304', () => {
  assert.equal(kind({ ifMatch: '"x"', ifNoneMatch: '"abc"' }), 'failed');
});

test('a copy answers 412 where a read would answer 304', () => {
  assert.equal(
    code(() => checkCopyConditions({ ifNoneMatch: '"abc"' }, found)),
    'PreconditionFailed',
  );
  assert.equal(
    code(() => checkCopyConditions({ ifModifiedSinceMs: sameSecond }, found)),
    'PreconditionFailed',
  );
  assert.equal(
    code(() => checkCopyConditions({ ifMatch: '"abc"' }, found)),
    'nothing',
  );
});

test('a write takes one ETag to replace or the star to create, and refuses the rest', () => {
  assert.deepEqual(writeCondition(undefined, undefined), { kind: 'none' });
  assert.deepEqual(writeCondition('"abc"', undefined), { kind: 'etag', etag: 'abc' });
  assert.deepEqual(writeCondition(undefined, '*'), { kind: 'absent' });
  for (const [ifMatch, ifNoneMatch] of [
    ['"a", "b"', undefined],
    ['*', undefined],
    ['', undefined],
    [undefined, '"abc"'],
    ['"abc"', '*'],
  ] as const)
    assert.equal(
      code(() => writeCondition(ifMatch, ifNoneMatch)),
      'NotImplemented',
      `${ifMatch} / ${ifNoneMatch}`,
    );
});
