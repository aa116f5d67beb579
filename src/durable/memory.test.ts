// What executions that something is going on with may have in memory: those with much of it wait for each other, and the others for none of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { LIMITS } from '#kernel';
import { settled } from '../../test/support/fake-clock.ts';
import { durableHouse, PENDING, refused, statusOf, succeeded, update } from '../../test/support/durable-house.ts';

/** Of a million characters that may be in memory. */
const MUCH = 'x'.repeat(400_000);

function crowd(t: TestContext, payload = '1') {
  const { durableCharactersInMemory } = LIMITS;
  Object.assign(LIMITS, { durableCharactersInMemory: 1_000_000 });
  t.after(() => Object.assign(LIMITS, { durableCharactersInMemory }));
  const house = durableHouse(t);
  const goOn = Promise.withResolvers<void>();
  const begun: string[] = [];
  const refusals: unknown[] = [];
  const arns: string[] = [];
  house.durables.set('f', async (run) => {
    begun.push((run.input as { name: string }).name);
    await goOn.promise;
    for (const id of ['s', 't']) {
      if (statusOf(run, id) === 'SUCCEEDED') continue;
      await run.checkpoint(update.step(id, 'SUCCEED', { Payload: payload })).catch((error: unknown) => {
        refusals.push(error);
        throw error;
      });
      await settled();
    }
    return succeeded('done');
  });
  const start = async (name: string, more = '') => {
    arns.push(await house.start('f', { name, more }, { name }));
    await settled();
  };
  const statuses = async () => new Set(await Promise.all(arns.map(async (arn) => (await house.describe(arn)).status)));
  return { house, begun, refusals, goOn, start, statuses };
}

test('executions with much in memory wait for each other, and the others for none of them', async (t) => {
  const { house, begun, refusals, goOn, start, statuses } = crowd(t);
  for (const name of ['one', 'two', 'three', 'four', 'five']) await start(name, MUCH);
  await start('small');
  assert.deepEqual(begun, ['one', 'two', 'small']);
  goOn.resolve();
  for (let n = 0; n < 20; n += 1) await house.clock.advance(1000);
  assert.deepEqual(begun, ['one', 'two', 'small', 'three', 'four', 'five']);
  assert.deepEqual([...(await statuses()), refusals.length], ['SUCCEEDED', 0]);
});

test('one that writes much while others have much begins its run anew later, and no failure of its is counted', async (t) => {
  const { house, begun, refusals, goOn, start, statuses } = crowd(t, JSON.stringify(MUCH));
  for (let n = 0; n < 8; n += 1) await start(`n${n}`);
  goOn.resolve();
  for (let n = 0; n < 100; n += 1) await house.clock.advance(10_000);
  assert(refusals.length > 0);
  for (const refusal of refusals) assert(refused('TooManyRequestsException')(refusal));
  assert.equal(begun.length, 8 + refusals.length);
  assert.deepEqual([...(await statuses())], ['SUCCEEDED']);
});

test('what another function was invoked for is not held in memory while that is at it', async (t) => {
  const { house, start, ...blocked } = crowd(t);
  await start('under way all the time', MUCH);
  const goOn = Promise.withResolvers<void>();
  let begun = 0;
  house.ordinary.set('slow', async () => {
    begun += 1;
    await goOn.promise;
    return 'done';
  });
  house.durables.set('caller', async (run) => {
    if (statusOf(run, 'i') === undefined) await run.checkpoint(update.invoke('i', 'slow'));
    return statusOf(run, 'i') === 'SUCCEEDED' ? succeeded('told') : PENDING;
  });
  const arns: string[] = [];
  for (let n = 0; n < 5; n += 1) {
    arns.push(await house.start('caller', MUCH));
    await house.clock.advance(1000);
  }
  assert.equal(begun, 5, 'each has had its run');
  goOn.resolve();
  blocked.goOn.resolve();
  for (let n = 0; n < 10; n += 1) await house.clock.advance(1000);
  for (const arn of arns) assert.equal((await house.describe(arn)).result, '"told"');
});
