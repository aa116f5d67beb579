// What a function's answer means for the records of its batch.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failuresIn } from './batch-response.ts';

const IDS = new Set(['a', 'b', 'c']);
const read = (text: string) => {
  const failed = failuresIn(Buffer.from(text), IDS);
  return failed && [...failed];
};

test('nothing failed', () => {
  for (const text of ['', 'null', '""', '{}', '{"batchItemFailures":null}', '{"batchItemFailures":[]}', '{"other":[1]}'])
    assert.deepEqual(read(text), [], text);
});

test('some failed', () => {
  assert.deepEqual(read('{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"c"},{"itemIdentifier":"b"}]}'), [
    'b',
    'c',
  ]);
});

test('all failed, since nobody can say which', () => {
  for (const text of [
    'no JSON',
    '"done"',
    '7',
    '[]',
    '{"batchItemFailures":{}}',
    '{"batchItemFailures":"a"}',
    '{"batchItemFailures":[{"itemIdentifier":""}]}',
    '{"batchItemFailures":[{"itemIdentifier":null}]}',
    '{"batchItemFailures":[{"itemidentifier":"a"}]}',
    '{"batchItemFailures":["a"]}',
    '{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"z"}]}',
  ])
    assert.equal(read(text), undefined, text);
});
