// How many batches run at once, told as AWS tells it: five, then more, then fewer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchConcurrency } from './concurrency.ts';
import type { BatchEnd } from './concurrency.ts';

function full(maximum = 1000): BatchConcurrency {
  const concurrency = new BatchConcurrency(maximum);
  while (concurrency.free > 0) concurrency.begin();
  return concurrency;
}

/** So many batches end, each replaced by the next as far as there is room. */
function ends(concurrency: BatchConcurrency, how: BatchEnd, count: number, hasBacklog = true): void {
  for (let i = 0; i < count; i += 1) {
    concurrency.end(how, hasBacklog);
    while (concurrency.free > 0) concurrency.begin();
  }
}

test('it begins with five, and grows by one for each full batch, up to its maximum', () => {
  const concurrency = full(30);
  assert.equal(concurrency.running, 5);
  ends(concurrency, 'good', 10);
  assert.equal(concurrency.running, 15);
  ends(concurrency, 'good', 100);
  assert.equal(concurrency.running, 30);
});

test('without a backlog it does not grow', () => {
  const concurrency = full();
  ends(concurrency, 'good', 50, false);
  assert.equal(concurrency.limit, 5);
});

test('failures take it down to one, and one that goes well back up', () => {
  const concurrency = full();
  ends(concurrency, 'bad', 20);
  assert.equal(concurrency.limit, 1);
  ends(concurrency, 'good', 4);
  assert.equal(concurrency.limit, 5);
});

test('a refusal takes it down to what runs, and up again by one for each round', () => {
  const concurrency = full();
  ends(concurrency, 'good', 15);
  assert.equal(concurrency.running, 20);
  for (let i = 0; i < 10; i += 1) concurrency.end('refused', true);
  assert.equal(concurrency.limit, 10);
  ends(concurrency, 'good', 10);
  assert.equal(concurrency.limit, 10);
  ends(concurrency, 'good', 5);
  assert.equal(concurrency.limit, 11);
});

test('crowded, it goes back to five and no further', () => {
  const concurrency = full();
  ends(concurrency, 'good', 5);
  ends(concurrency, 'crowded', 50);
  assert.equal(concurrency.limit, 5);
});

test('rested, it is as new', () => {
  const concurrency = full();
  ends(concurrency, 'good', 5);
  concurrency.rest();
  assert.equal(concurrency.limit, 10, 'something runs');
  while (concurrency.running > 0) concurrency.end('good', false);
  concurrency.rest();
  assert.equal(concurrency.limit, 5);
});
