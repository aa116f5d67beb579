// Records become batches: full ones at once, the rest when it is due.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordOf } from '../../../test/support/fake-source.ts';
import { Gathering } from './gathering.ts';
import type { SourceRecord } from './source.ts';

const sized = (id: string, bytes: number): SourceRecord => ({ ...recordOf(id), bytes });
const ids = (batch: { readonly records: readonly SourceRecord[] } | undefined) => batch?.records.map(({ id }) => id).join('');

test('by number', () => {
  const gathering = new Gathering({ records: 2, bytes: 1000 });
  gathering.add(['a', 'b', 'c'].map((id) => recordOf(id)));
  assert.equal(ids(gathering.next(false)), 'ab');
  assert.equal(gathering.next(false), undefined);
  const last = gathering.next(true);
  assert.deepEqual([ids(last), last?.isFull], ['c', false]);
  assert.equal(gathering.next(true), undefined);
});

test('by size: what would not fit makes a batch full', () => {
  const gathering = new Gathering({ records: 10, bytes: 1000 });
  gathering.add([sized('a', 500), sized('b', 500), sized('c', 100)]);
  const first = gathering.next(false);
  assert.deepEqual([ids(first), first?.isFull], ['a', true]);
  assert.equal(gathering.next(false), undefined);
  assert.equal(ids(gathering.next(true)), 'bc');
});

test('a record that is too large by itself goes alone', () => {
  const gathering = new Gathering({ records: 10, bytes: 1000 });
  gathering.add([sized('a', 5000), sized('b', 10)]);
  assert.equal(ids(gathering.next(false)), 'a');
  assert.equal(ids(gathering.next(true)), 'b');
});

test('what is left comes out in order', () => {
  const gathering = new Gathering({ records: 10, bytes: 1000 });
  gathering.add([recordOf('a'), recordOf('b')]);
  assert.deepEqual(
    gathering.drain().map(({ id }) => id),
    ['a', 'b'],
  );
  assert.equal(gathering.size, 0);
});
