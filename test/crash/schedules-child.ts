// A process with a store and schedules that are due, which kills itself at a named point of a firing:
//   node schedules-child.ts <folder> <point> <firings before it> <clock ahead, ms> [names to create …]
// It prints `created <name>` for each schedule that was acknowledged, and ends by itself when nothing is due any more.

import { writeSync } from 'node:fs';
import { createSchedules } from '#schedules';
import { openSqliteStore, type Store, type TimerFiring, type TimerQueue } from '#store';
import { realClock, realRandom } from '../../src/main/ambient.ts';
import { SCOPE } from '../support/logs-house.ts';
import { QuietLog } from '../support/quiet-log.ts';

const [folder = '', point = '', firings = '0', aheadMs = '0', ...names] = process.argv.slice(2);
// Leases of a process that is dead end with time: the next one's clock is ahead of that.
const clock = { ...realClock, now: () => Date.now() + Number(aheadMs) };
const log = new QuietLog();
const store = await openSqliteStore({ folder, log });
const timers = doomed(store.timers);
const schedules = createSchedules({ store: { ...store, timers }, clock, random: realRandom, log, scopes: [SCOPE] });

const target = {
  arn: 'arn:aws:sqs:us-east-1:000000000000:ticks',
  roleArn: 'arn:aws:iam::000000000000:role/scheduler',
  retry: { maximumRetries: 3, maximumAgeSeconds: 86_400 },
};
const expression = `at(${new Date(clock.now()).toISOString().slice(0, 19)})`;
await Promise.all(
  names.map(async (name) => {
    const settings = { expression, zone: 'UTC', isEnabled: true, isDeletedAfterCompletion: true, target };
    await schedules.book.create({ scope: SCOPE, group: 'default', name }, settings);
    writeSync(1, `created ${name}\n`);
  }),
);
await schedules.start();
// The clock's timers keep no process alive.
const alive = setInterval(() => {}, 60_000);
await nothingDue(store);
await schedules.close();
await store.close();
clearInterval(alive);

function doomed(whole: TimerQueue): TimerQueue {
  let left = Number(firings);
  return {
    ...whole,
    async fire(firing) {
      left -= 1;
      return left === -1 ? fireAndDie(whole, firing) : whole.fire(firing);
    },
  };
}

async function fireAndDie(whole: TimerQueue, firing: TimerFiring): Promise<boolean> {
  switch (point) {
    case 'before':
      die();
      break;
    case 'during':
      void whole.fire(firing);
      setTimeout(die, Math.random() * 8);
      await Promise.withResolvers().promise;
      break;
    case 'after':
      await whole.fire(firing);
      die();
      break;
    case 'between':
      // The broken build: what is caused and the next time are two steps.
      await store.deliveries.accept(firing.deliveries);
      die();
      break;
    default:
      throw new Error(`There is no point named ${point}.`);
  }
  return false;
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

async function nothingDue(within: Store): Promise<void> {
  for (;;) {
    const moved = Promise.withResolvers<undefined>();
    const stop = within.changed('deliveries', () => moved.resolve(undefined));
    const dueAtMs = await within.timers.nextDueAtMs('schedules');
    if (dueAtMs !== undefined) await moved.promise;
    stop();
    if (dueAtMs === undefined) return;
  }
}
