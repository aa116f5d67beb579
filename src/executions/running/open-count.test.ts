// When executions are counted, and when there are too many.

import assert from 'node:assert/strict';
import test from 'node:test';
import { OpenCount } from './open-count.ts';

test('executions are counted when as many have begun as there was room for, and refused when there is none', async () => {
  let open = 0;
  let counts = 0;
  const journals = { countRunning: (_kind: string, most: number) => Promise.resolve(Math.min(++counts && open, most)) };
  const count = new OpenCount(journals, 10);
  const begin = async () => {
    await count.admit();
    open++;
  };
  for (let begun = 0; begun < 10; begun++) await begin();
  assert.equal(counts, 0);
  await assert.rejects(begin(), { code: 'ExecutionLimitExceeded' });
  open = 4;
  await Promise.all(Array.from({ length: 6 }, begin));
  assert.equal(counts, 2);
  await assert.rejects(begin(), { code: 'ExecutionLimitExceeded' });
});
