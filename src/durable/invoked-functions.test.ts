// Other functions that an execution invokes, ordinary and durable, and what was cancelled before it came.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  durableHouse,
  PENDING,
  refused,
  statusOf,
  succeeded,
  THROTTLED,
  typesOf,
  update,
} from '../../test/support/durable-house.ts';

const { wait, callback, invoke, cancel } = update;
const DAY_MS = 86_400_000;
test('what was cancelled is over for its function, and nothing more comes of it', async (t) => {
  const house = durableHouse(t);
  house.ordinary.set('other', async () => {
    await house.clock.pause(10_000);
    return 'too late';
  });
  house.durables.set('changing', async (run) => {
    const [, , begun] = await run.checkpoint(wait('w', 60), invoke('i', 'other'), callback('c', { TimeoutSeconds: 30 }));
    await run.checkpoint(cancel('w', 'WAIT'), cancel('i', 'CHAINED_INVOKE'), cancel('c', 'CALLBACK'));
    const { callbacks } = house.durable;
    const id = begun?.CallbackDetails?.CallbackId ?? '';
    await assert.rejects(callbacks.succeed(house.scope, id, Buffer.from('1')), refused('CallbackTimeoutException'));
    await house.clock.pause(100_000);
    return succeeded(['w', 'i', 'c'].map((each) => statusOf(run, each)));
  });
  const arn = await house.start('changing', {});
  await house.clock.advance(100_000);
  assert.equal((await house.describe(arn)).result, '["CANCELLED","CANCELLED","CANCELLED"]');
});

test('other functions are invoked once, and what they bring is told', async (t) => {
  const house = durableHouse(t);
  house.ordinary.set('double', async (n) => {
    await house.clock.pause(60_000);
    return (n as number) * 2;
  });
  house.ordinary.set('failing', async () => {
    throw new RangeError('out of it');
  });
  let refusals = 0;
  house.ordinary.set('busy', async () => ((refusals += 1) < 3 ? THROTTLED : 'free'));
  house.durables.set('caller', async (run) => {
    const ids = ['double', 'failing', 'busy', 'nobody'];
    if (run.operations.size === 0) {
      await run.checkpoint(...ids.map((id) => invoke(id, id, 21)));
      return PENDING;
    }
    if (ids.some((id) => statusOf(run, id) === 'STARTED')) return PENDING;
    return succeeded(
      ids.map((id) => {
        const { Result, Error } = run.operations.get(id)?.ChainedInvokeDetails ?? {};
        return Result ?? Error?.ErrorType;
      }),
    );
  });
  const arn = await house.start('caller', {});
  await house.clock.advance(120_000);
  assert.deepEqual(JSON.parse((await house.describe(arn)).result ?? ''), [
    '42',
    'RangeError',
    '"free"',
    'ResourceNotFoundException',
  ]);
});

test('a durable function that another one invokes is an execution of its own, and its end is told', async (t) => {
  const house = durableHouse(t);
  house.durables.set('child', async (run) => {
    if (run.input === 'bad') return { Status: 'FAILED', Error: { ErrorType: 'Bad', ErrorMessage: 'as asked' } };
    if (statusOf(run, 'w') === 'SUCCEEDED') return succeeded(`child of ${String(run.input)}`);
    await run.checkpoint(wait('w', 10 * 86_400));
    return PENDING;
  });
  house.durables.set('parent', async (run) => {
    const [good, bad] = ['good', 'bad'].map((id) => run.operations.get(id));
    if (run.operations.size === 0) await run.checkpoint(invoke('good', 'child:$LATEST', 'good'), invoke('bad', 'child', 'bad'));
    if (good?.Status !== 'SUCCEEDED' || bad?.Status !== 'FAILED') return PENDING;
    return succeeded([good.ChainedInvokeDetails?.Result, bad.ChainedInvokeDetails?.Error?.ErrorType]);
  });
  const arn = await house.start('parent', {});
  await house.clock.advance(10 * DAY_MS);
  assert.deepEqual(JSON.parse((await house.describe(arn)).result ?? ''), ['"child of good"', 'Bad']);
  const types = await typesOf(house, arn);
  assert.equal(types.filter((type) => type === 'ChainedInvokeSucceeded').length, 1);
  assert.equal(types.filter((type) => type === 'ChainedInvokeFailed').length, 1);
  assert.deepEqual(await house.store.journals.busy('durable', 0, 10), []);
});
