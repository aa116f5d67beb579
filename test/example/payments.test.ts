// The payments example as its README runs it: the platform is killed twice, and everybody is charged once.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const RUN = fileURLToPath(new URL('../../examples/payments/run.mjs', import.meta.url));

test('a purchase survives a platform that is killed in the worst moments, as a state machine and as a durable function', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [RUN], { timeout: 240_000 });
  assert.match(stdout, /kill -9, just after charge \d+ stood in the ledger/);
  assert.match(stdout, /kill -9, just after a mail was delivered/);
  for (const kind of ['machine', 'code']) {
    assert.match(stdout, new RegExp(`^${kind}-1 +ada +SUCCEEDED +1 +0 +1 +1$`, 'm'));
    assert.match(stdout, new RegExp(`^${kind}-5 +declan +FAILED +0 +0 +0 +0$`, 'm'));
    assert.match(stdout, new RegExp(`^${kind}-6 +olga +FAILED +1 +1 +0 +0$`, 'm'));
  }
  assert.match(stdout, /^Lamps: 20 − 8 sold = 12 left/m);
  assert.match(stdout, /^Every customer was charged once\.$/m);
  assert.match(stdout, /↷ Update inventory +lambda:invoke reserve · error caught/);
  assert.match(stdout, /✗ update inventory {2}step · failed/);
});
