// Durable executions from their start to their end, on a clock that is turned by hand: functions say in a few words what AWS's SDK says for them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from '../../test/support/fake-clock.ts';
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

const { step, wait, callback } = update;
const DAY_MS = 86_400_000;
test('a wait of thirty days holds nothing, and is over when it is', async (t) => {
  const house = durableHouse(t);
  house.durables.set('patient', async (run) => {
    if (statusOf(run, 'w') === 'SUCCEEDED') return succeeded('done');
    await run.checkpoint(step('s', 'SUCCEED', { Payload: '1' }), wait('w', 30 * 86_400));
    return PENDING;
  });
  const arn = await house.start('patient', { n: 1 });
  await settled();
  assert.equal(house.calls.length, 1);
  assert.equal(house.clock.pendingTimers, 1, 'one timer of the process, whatever waits');
  await house.clock.advance(30 * DAY_MS - 1000);
  assert.equal(house.calls.length, 1);
  await house.clock.advance(1000);
  assert.equal(house.calls.length, 2);
  const { status, result, startedAtMs, endedAtMs = 0 } = await house.describe(arn);
  assert.deepEqual([status, result, endedAtMs - startedAtMs], ['SUCCEEDED', '"done"', 30 * DAY_MS]);
  assert.deepEqual(await typesOf(house, arn), [
    'ExecutionStarted',
    'StepSucceeded',
    'WaitStarted',
    'InvocationCompleted',
    'WaitSucceeded',
    'InvocationCompleted',
    'ExecutionSucceeded',
  ]);
  assert.equal(house.clock.pendingTimers, 0, 'and none when nothing does');
});

test('a thousand that wait cost the store nothing until the first of them is due', async (t) => {
  const house = durableHouse(t);
  house.durables.set('patient', async (run) => {
    if (statusOf(run, 'w') === 'SUCCEEDED') return succeeded(run.input);
    await run.checkpoint(wait('w', 3600 + (run.input as number)));
    return PENDING;
  });
  const arns = [];
  for (let n = 0; n < 1200; n += 1) arns.push(await house.start('patient', n));
  await settled();
  assert.equal(house.clock.pendingTimers, 1);
  const { writes } = house;
  let asked = 0;
  house.store.fault = () => void (asked += 1);
  await house.clock.advance(3_590_000);
  assert.deepEqual([house.writes, asked], [writes, 0]);
  house.store.fault = () => undefined;
  await house.clock.advance(3_600_000);
  const ended = await Promise.all(arns.map((arn) => house.describe(arn)));
  assert.deepEqual(new Set(ended.map(({ status }) => status)), new Set(['SUCCEEDED']));
  assert.equal(house.calls.length, 2400);
});

test('a step is tried again when its time has come, and knows how often it was tried', async (t) => {
  const house = durableHouse(t);
  const attempts: (number | undefined)[] = [];
  house.durables.set('flaky', async (run) => {
    const before = run.operations.get('s')?.StepDetails?.Attempt;
    attempts.push(before);
    if (before !== undefined) assert.equal(statusOf(run, 's'), 'READY');
    if ((before ?? 0) < 2) {
      const Error = { ErrorType: 'Error', ErrorMessage: `attempt ${before ?? 0}` };
      await run.checkpoint(step('s', 'START'), step('s', 'RETRY', { Error, StepOptions: { NextAttemptDelaySeconds: 60 } }));
      return PENDING;
    }
    await run.checkpoint(step('s', 'START'), step('s', 'SUCCEED', { Payload: '"third"' }));
    return succeeded('third');
  });
  const arn = await house.start('flaky', {});
  await house.clock.advance(119_000);
  assert.deepEqual(attempts, [undefined, 1]);
  await house.clock.advance(1000);
  assert.deepEqual(attempts, [undefined, 1, 2]);
  const tries = (await house.events(arn)).flatMap(({ StepFailedDetails, StepSucceededDetails }) => {
    const { RetryDetails } = StepFailedDetails ?? StepSucceededDetails ?? {};
    return RetryDetails === undefined ? [] : [[RetryDetails.CurrentAttempt, RetryDetails.NextAttemptDelaySeconds]];
  });
  assert.deepEqual(tries, [
    [1, 60],
    [2, 60],
    [3, undefined],
  ]);
});

test('functions that fail are run again, so and so often, and their execution says why it failed', async (t) => {
  const house = durableHouse(t);
  house.durables.set('broken', async () => {
    throw new TypeError('no handler');
  });
  const arn = await house.start('broken', {});
  await house.clock.advance(60_000);
  assert.equal(house.calls.length, 5);
  const { status, error, startedAtMs, endedAtMs = 0 } = await house.describe(arn);
  assert.deepEqual([status, error?.ErrorType, error?.ErrorMessage], ['FAILED', 'TypeError', 'no handler']);
  assert.equal(endedAtMs - startedAtMs, 1000 + 2000 + 4000 + 8000);
});

test('an operation that was completed is progress, and forgives the failures before it', async (t) => {
  const house = durableHouse(t);
  house.durables.set('limping', async (run) => {
    const done = run.operations.size;
    if (done === 8) return succeeded(done);
    await run.checkpoint(step(`s${done}`, 'SUCCEED', { Payload: '1' }));
    throw new Error('its time is over');
  });
  const arn = await house.start('limping', {});
  await house.clock.advance(60_000);
  assert.deepEqual([(await house.describe(arn)).status, house.calls.length], ['SUCCEEDED', 9]);
});

test('what finds no instance waits for one, and its failures are not counted', async (t) => {
  const house = durableHouse(t);
  let refusals = 0;
  house.durables.set('crowded', async () => ((refusals += 1) <= 12 ? THROTTLED : succeeded('at last')));
  const arn = await house.start('crowded', {});
  await house.clock.advance(3_600_000);
  assert.equal((await house.describe(arn)).result, '"at last"');
  assert.deepEqual(await typesOf(house, arn), ['ExecutionStarted', 'InvocationCompleted', 'ExecutionSucceeded']);
});

test('a function that waits for nothing, or does not know that it is durable, is told so', async (t) => {
  const house = durableHouse(t);
  house.durables.set('idle', async () => PENDING);
  house.durables.set('plain', async () => ({ statusCode: 200 }));
  const idle = await house.start('idle', {});
  const plain = await house.start('plain', {});
  await house.clock.advance(60_000);
  const said = [await house.describe(idle), await house.describe(plain)].map(({ status, error }) => [status, error?.ErrorMessage]);
  assert.deepEqual(said[0], ['FAILED', 'Cannot return PENDING status with no pending operations.']);
  assert.equal(said[1]?.[0], 'FAILED');
  assert.match(said[1]?.[1] ?? '', /withDurableExecution/);
});

test('an execution ends when its time is over, and whoever is late is refused', async (t) => {
  const house = durableHouse(t);
  house.settings.set('endless', { durable: { executionTimeoutSeconds: 100, retentionDays: 1 } });
  let id = '';
  house.durables.set('endless', async (run) => {
    const [begun] = await run.checkpoint(callback('c'));
    id = begun?.CallbackDetails?.CallbackId ?? '';
    return PENDING;
  });
  const arn = await house.start('endless', {});
  await house.clock.advance(100_000);
  const { status, error } = await house.describe(arn);
  assert.deepEqual([status, error?.ErrorMessage], ['TIMED_OUT', 'Execution timed out after 100 seconds.']);
  await assert.rejects(house.durable.callbacks.succeed(house.scope, id, Buffer.from('1')), refused('CallbackTimeoutException'));
  assert.equal(house.clock.pendingTimers, 0);
});

test('an execution that is stopped stays so, whatever its run does afterwards', async (t) => {
  const house = durableHouse(t);
  const ends: unknown[] = [];
  house.durables.set('working', async (run) => {
    await house.clock.pause(5000);
    await run.checkpoint(step('s', 'START')).catch((error: unknown) => ends.push((error as Error).message));
    return succeeded('never mind');
  });
  const arn = await house.start('working', {});
  await house.clock.advance(1000);
  const stoppedAtMs = await house.stop(arn);
  assert.equal(await house.stop(arn), stoppedAtMs, 'stopping it twice is stopping it once');
  await house.clock.advance(10_000);
  const { status, error, endedAtMs } = await house.describe(arn);
  assert.deepEqual([status, error?.ErrorMessage, endedAtMs], ['STOPPED', 'enough', stoppedAtMs]);
  assert.match(String(ends[0]), /^Invalid Checkpoint Token/);
  assert.deepEqual(await typesOf(house, arn), ['ExecutionStarted', 'ExecutionStopped']);
});
