// The lane of timers on a fake clock: each due time has its effect once, whatever happens to the clock, the store or the owner.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ClaimedTimer } from '#store';
import { FakeClock, settled } from '../../test/support/fake-clock.ts';
import { inlineStore, type InlineStore } from '../../test/support/inline-store.ts';
import { QuietLog } from '../../test/support/quiet-log.ts';
import { TimerLane, type Firing } from './timer-lane.ts';

const MINUTE_MS = 60_000;

test('a timer fires when it is due, and again when it is due next', async (t) => {
  const { clock, startMs, fired, store } = house(t);
  await put(store, 'tick', startMs + 5 * MINUTE_MS);
  await clock.advance(5 * MINUTE_MS - 1);
  assert.deepEqual(fired, []);
  await clock.advance(1);
  assert.deepEqual(fired.splice(0), [['tick', startMs + 5 * MINUTE_MS]]);
  await clock.advance(120 * MINUTE_MS);
  assert.deepEqual(fired, [
    ['tick', startMs + 65 * MINUTE_MS],
    ['tick', startMs + 125 * MINUTE_MS],
  ]);
});

test('nothing waits for nothing: a lane without timers has no process timer, and one for any number of them', async (t) => {
  const { clock, startMs, store } = house(t);
  await settled();
  assert.equal(clock.pendingTimers, 0);
  for (let index = 0; index < 300; index += 1) await put(store, `tick-${index}`, startMs + (1 + index) * MINUTE_MS);
  await settled();
  assert.equal(clock.pendingTimers, 1);
});

test('while it waits, the lane looks at the clock and not at the store', async (t) => {
  const { clock, startMs, store } = house(t);
  await put(store, 'tick', startMs + 3600 * MINUTE_MS);
  await settled();
  let calls = 0;
  store.fault = () => (calls += 1);
  await clock.advance(3000 * MINUTE_MS);
  assert.equal(calls, 0);
});

test('a timer that is set to an earlier time is not waited for longer', async (t) => {
  const { clock, startMs, fired, store } = house(t);
  await put(store, 'tick', startMs + 600 * MINUTE_MS);
  await clock.advance(MINUTE_MS);
  await put(store, 'tick', startMs + 2 * MINUTE_MS);
  await clock.advance(MINUTE_MS);
  assert.deepEqual(fired, [['tick', startMs + 2 * MINUTE_MS]]);
});

test('a clock that is set forward is noticed within half a minute', async (t) => {
  const { clock, startMs, fired, store } = house(t);
  await put(store, 'tick', startMs + 600 * MINUTE_MS);
  await settled();
  clock.jump(601 * MINUTE_MS);
  await clock.advance(MINUTE_MS / 2);
  assert.deepEqual(fired, [['tick', startMs + 600 * MINUTE_MS]]);
});

test('a clock that is set back delays what is not due yet, and repeats nothing', async (t) => {
  const { clock, startMs, fired, store } = house(t);
  await put(store, 'tick', startMs + 10 * MINUTE_MS);
  await clock.advance(10 * MINUTE_MS);
  assert.equal(fired.length, 1);
  clock.jump(-60 * MINUTE_MS);
  await clock.advance(119 * MINUTE_MS);
  assert.equal(fired.length, 1);
  await clock.advance(MINUTE_MS);
  assert.deepEqual(fired.at(1), ['tick', startMs + 70 * MINUTE_MS]);
});

test('more than a batch that is due at once is fired at once', async (t) => {
  const { clock, startMs, fired, store } = house(t);
  for (let index = 0; index < 250; index += 1) await put(store, `tick-${index}`, startMs + MINUTE_MS);
  await clock.advance(MINUTE_MS);
  assert.equal(new Set(fired.map(([name]) => name)).size, 250);
  assert.equal(fired.length, 250);
});

test('an owner who fails is asked again after the lease, and holds up no other', async (t) => {
  const { clock, startMs, fired, log, store, decide } = house(t);
  let failures = 2;
  decide.before = (timer) => {
    if (timer.name === 'poison' && failures-- > 0) throw new Error('not now');
  };
  await put(store, 'poison', startMs + MINUTE_MS);
  await put(store, 'well', startMs + MINUTE_MS);
  await clock.advance(MINUTE_MS);
  assert.deepEqual(fired.splice(0), [['well', startMs + MINUTE_MS]]);
  await clock.advance(MINUTE_MS);
  assert.deepEqual(fired, [['poison', startMs + MINUTE_MS]]);
  assert.equal(log.named('timer.not-fired').length, 2);
});

test('a store that fails for a while delays, and nothing is lost', async (t) => {
  const { clock, startMs, fired, log, store } = house(t);
  await put(store, 'tick', startMs + MINUTE_MS);
  await settled();
  store.fault = (verb) => {
    if (verb === 'timers.claimDue') throw new Error('the disk is full');
  };
  await clock.advance(2 * MINUTE_MS);
  assert.deepEqual(fired, []);
  assert.ok(log.named('timers.failed').length > 0);
  store.fault = () => undefined;
  await clock.advance(MINUTE_MS);
  assert.deepEqual(fired, [['tick', startMs + MINUTE_MS]]);
});

test('a process that dies between claiming and firing leaves the due time to the next', async (t) => {
  const first = house(t);
  await put(first.store, 'tick', first.startMs + MINUTE_MS);
  await settled();
  first.store.fault = (verb) => {
    if (verb === 'timers.fire') throw new Error('killed');
  };
  await first.clock.advance(MINUTE_MS);
  await first.lane.close();
  first.store.fault = () => undefined;
  const next = house(t, first);
  await next.clock.advance(MINUTE_MS);
  assert.deepEqual([...first.fired, ...next.fired], [['tick', first.startMs + MINUTE_MS]]);
});

test('a lane that is closed leaves no process timer, even while it is at work', async (t) => {
  const { clock, startMs, store, lane } = house(t);
  await put(store, 'tick', startMs + MINUTE_MS);
  await lane.close();
  await settled();
  assert.equal(clock.pendingTimers, 0);
});

interface Earlier {
  readonly clock: FakeClock;
  readonly store: InlineStore;
}

function house(t: TestContext, { clock, store }: Earlier = { clock: new FakeClock(), store: inlineStore(t) }) {
  const log = new QuietLog();
  const fired: [name: string, dueAtMs: number][] = [];
  const decide = { before: (_timer: ClaimedTimer): void => undefined };
  const hourly = async (timer: ClaimedTimer): Promise<Firing> => {
    decide.before(timer);
    return { next: { dueAtMs: timer.dueAtMs + 60 * MINUTE_MS, attributes: null }, deliveries: [] };
  };
  const lane = new TimerLane({
    clock,
    log,
    timers: {
      claimDue: (claim) => store.timers.claimDue(claim),
      nextDueAtMs: (name) => store.timers.nextDueAtMs(name),
      async fire(firing) {
        const isFired = await store.timers.fire(firing);
        if (isFired) fired.push([firing.timer.name, (firing.timer as ClaimedTimer).dueAtMs]);
        return isFired;
      },
    },
    onChanged: (listener) => store.changed('timers', listener),
    lane: 'test',
    decide: hourly,
  });
  lane.start();
  t.after(() => lane.close());
  return { clock, startMs: clock.now(), fired, log, store, decide, lane };
}

async function put(store: InlineStore, name: string, dueAtMs: number): Promise<void> {
  await store.timers.set([{ put: { lane: 'test', name, dueAtMs, attributes: null } }], []);
}
