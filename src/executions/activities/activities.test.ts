// Tasks of activities: handed out once, to whoever waits first.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { SCOPE } from '../../../test/support/logs-house.ts';
import { temporaryStore } from '../../../test/support/temporary-store.ts';
import { createActivities } from './activities.ts';

const NEVER = new AbortController().signal;

async function house(t: Parameters<typeof temporaryStore>[0]) {
  const clock = new FakeClock();
  const { store } = await temporaryStore(t, { clock });
  const queue: string[] = [];
  const taken: (string | undefined)[] = [];
  const fault = { isDue: false };
  let tell = (_arn: string): void => {};
  const activities = createActivities({
    store,
    clock,
    tasks: {
      async take(_arn, workerName) {
        if (fault.isDue) {
          fault.isDue = false;
          throw new Error('The disk is gone.');
        }
        const token = queue.shift();
        if (token === undefined) return undefined;
        taken.push(workerName);
        return { token, input: '{}' };
      },
      onWaiting(listener) {
        tell = listener;
        return () => {};
      },
    },
  });
  t.after(() => activities.close());
  const { arn } = await activities.book.create(SCOPE, { name: 'ship', tags: {}, encryption: undefined });
  const poll = (signal: AbortSignal = NEVER, workerName?: string) =>
    activities.nextTask({ scope: SCOPE, activityArn: arn, workerName, signal });
  const schedule = (token: string) => {
    queue.push(token);
    tell(arn);
  };
  return { clock, activities, arn, poll, schedule, queue, taken, fault };
}

/** Until those who asked have looked in vain, which takes a read of the store each. */
async function settled(activities: Awaited<ReturnType<typeof house>>['activities'], arn: string): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await activities.book.need(SCOPE, arn);
}

test('a task that waits is handed out at once, with who took it', async (t) => {
  const { poll, queue, taken } = await house(t);
  queue.push('t1');
  assert.equal((await poll(NEVER, 'me'))?.token, 't1');
  assert.deepEqual(taken, ['me']);
});

test('a worker that waits is woken by a task, and each task is handed out once', async (t) => {
  const { poll, schedule, activities, arn } = await house(t);
  const polls = [poll(), poll(), poll()];
  await settled(activities, arn);
  for (const token of ['t1', 't2', 't3']) schedule(token);
  const tokens = (await Promise.all(polls)).map((task) => task?.token);
  assert.deepEqual(new Set(tokens), new Set(['t1', 't2', 't3']));
});

test('after a minute without a task the answer is empty', async (t) => {
  const { clock, poll, activities, arn } = await house(t);
  const asked = poll();
  await settled(activities, arn);
  await clock.advance(LIMITS.activityPollMs);
  assert.equal(await asked, undefined);
  assert.equal(clock.pendingTimers, 0);
});

test('a worker that is gone takes no task: the next in line does', async (t) => {
  const { poll, schedule, activities, arn } = await house(t);
  const leaving = new AbortController();
  const gone = poll(leaving.signal);
  const staying = poll();
  await settled(activities, arn);
  leaving.abort();
  schedule('t1');
  assert.equal(await gone, undefined);
  assert.equal((await staying)?.token, 't1');
});

test('a worker that goes in the very moment in which it is woken wakes the next', async (t) => {
  const { poll, schedule, activities, arn } = await house(t);
  const leaving = new AbortController();
  const gone = poll(leaving.signal);
  await settled(activities, arn);
  const staying = poll();
  await settled(activities, arn);
  schedule('t1');
  leaving.abort();
  assert.equal(await gone, undefined);
  assert.equal((await staying)?.token, 't1');
});

test('a worker that cannot look for the task that it was woken for wakes the next', async (t) => {
  const { poll, schedule, activities, arn, fault } = await house(t);
  const unlucky = poll();
  await settled(activities, arn);
  const staying = poll();
  await settled(activities, arn);
  fault.isDue = true;
  schedule('t1');
  await assert.rejects(unlucky, /disk/);
  assert.equal((await staying)?.token, 't1');
});

test('tags that are added at the same time are all there', async (t) => {
  const { activities, arn } = await house(t);
  const keys = Array.from({ length: 30 }, (_, index) => `k${index}`);
  await Promise.all(keys.map((key) => activities.book.tag(SCOPE, arn, { [key]: 'v' })));
  assert.equal(Object.keys((await activities.book.need(SCOPE, arn)).tags).length, keys.length);
});

test('of one activity, a thousand workers wait and no more', async (t) => {
  const { poll, activities, arn } = await house(t);
  const leaving = new AbortController();
  const polls = Array.from({ length: LIMITS.activityPollers }, () => poll(leaving.signal));
  await settled(activities, arn);
  await assert.rejects(poll(), { code: 'ActivityWorkerLimitExceeded' });
  leaving.abort();
  await Promise.all(polls);
});
