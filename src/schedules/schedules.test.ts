// Schedules on a fake clock: what is due, when it is met, and what happens to it while nobody was there.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { AccountId, Region, Scope } from '#kernel';
import { OUTBOX_LANE, entryOfDelivery, type OutboxEntry } from '#outbox';
import { FakeClock, settled } from '../../test/support/fake-clock.ts';
import { inlineStore, type InlineStore } from '../../test/support/inline-store.ts';
import { QuietLog } from '../../test/support/quiet-log.ts';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { createSchedules, type ScheduleSettings, type Schedules } from './index.ts';

const SCOPE: Scope = { account: '000000000000' as AccountId, region: 'us-east-1' as Region };
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:ticks';
const DEAD = 'arn:aws:sqs:us-east-1:000000000000:dead';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

test('a one-time schedule is met once, with what AWS sends when nothing was said', async (t) => {
  const house = openHouse(t, '2026-11-20T12:00:00Z');
  await house.create('once', { expression: 'at(2026-11-20T13:00:00)', target: { ...target(), input: undefined } });
  await house.clock.advance(HOUR_MS - 1);
  assert.deepEqual(await house.sent(), []);
  await house.clock.advance(1);
  const [entry] = await house.sent();
  assert.ok(entry);
  assert.deepEqual(entry.target, { kind: 'queue', arn: QUEUE });
  assert.deepEqual(JSON.parse(Buffer.from(entry.payload).toString()), {
    version: '0',
    id: entry.id,
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: '000000000000',
    time: '2026-11-20T13:00:00Z',
    region: 'us-east-1',
    resources: ['arn:aws:scheduler:us-east-1:000000000000:schedule/default/once'],
    detail: '{}',
  });
  await house.clock.advance(10 * DAY_MS);
  assert.deepEqual(await house.sent(), []);
  assert.equal((await house.schedules.book.need(named('once'))).settings.isEnabled, true, 'it stays');
});

test('the context attributes of an input are filled in, and the number of the attempt is left to the courier', async (t) => {
  const house = openHouse(t, '2026-11-20T12:00:00Z');
  const attributes = ['schedule-arn', 'scheduled-time', 'execution-id', 'attempt-number'].map((name) => `<aws.scheduler.${name}>`);
  await house.create('context', { expression: 'at(2026-11-20T12:30:00)', target: { ...target(), input: attributes.join(' ') } });
  await house.clock.advance(HOUR_MS);
  const [entry] = await house.sent();
  const [arn, time, id, attempt] = Buffer.from(entry?.payload ?? [])
    .toString()
    .split(' ');
  assert.equal(arn, 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/context');
  assert.equal(time, '2026-11-20T12:30:00Z');
  assert.equal(id, entry?.id);
  assert.equal(attempt, '<aws.scheduler.attempt-number>');
  assert.equal(entry?.attemptPlaceholder, '<aws.scheduler.attempt-number>');
});

test('an entry carries the retry policy, the dead-letter queue, the sender and its role', async (t) => {
  const house = openHouse(t, '2026-11-20T12:00:00Z');
  const retry = { maximumRetries: 3, maximumAgeSeconds: 120 };
  await house.create('careful', { expression: 'rate(1 hour)', target: { ...target(), retry, deadLetterArn: DEAD } });
  await house.clock.advance(0);
  const [entry] = await house.sent();
  assert.deepEqual(entry?.retry, { ...retry, backOff: { kind: 'exponential', leastMs: 1000, mostMs: 480_000 } });
  assert.deepEqual(entry?.deadLetter, { arn: DEAD, style: 'scheduler', scheduledMs: Date.parse('2026-11-20T12:00:00Z') });
  assert.deepEqual(entry?.sender, {
    service: 'scheduler.amazonaws.com',
    arn: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/careful',
    roleArn: 'arn:aws:iam::000000000000:role/scheduler',
  });
});

test('a rate begins at once, or at its start date, and ends before its end date', async (t) => {
  const house = openHouse(t, '2026-11-20T12:00:00Z');
  const startMs = Date.parse('2026-11-21T00:00:00Z');
  await house.create('now', { expression: 'rate(30 minutes)' });
  await house.create('later', { expression: 'rate(12 hours)', startMs, endMs: startMs + DAY_MS });
  await house.clock.advance(HOUR_MS);
  assert.deepEqual(await house.times('now'), ['2026-11-20T12:00', '2026-11-20T12:30', '2026-11-20T13:00']);
  await house.clock.advance(3 * DAY_MS);
  assert.deepEqual(await house.times('later'), ['2026-11-21T00:00', '2026-11-21T12:00']);
});

test('clocks that are set forward skip what they jump over, and set back they show a time that is met once', async (t) => {
  const berlin = openHouse(t, '2027-03-27T12:00:00Z');
  await berlin.create('night', { expression: 'cron(30 2 * * ? *)', zone: 'Europe/Berlin' });
  await berlin.clock.advance(2 * DAY_MS);
  assert.deepEqual(await berlin.times('night'), ['2027-03-29T00:30']);

  const york = openHouse(t, '2027-11-06T12:00:00Z');
  await york.create('night', { expression: 'cron(30 1 * * ? *)', zone: 'America/New_York' });
  await york.clock.advance(2 * DAY_MS);
  assert.deepEqual(await york.times('night'), ['2027-11-07T05:30', '2027-11-08T06:30']);
});

test('29 February comes every fourth year', async (t) => {
  const house = openHouse(t, '2028-02-27T12:00:00Z');
  await house.create('leap', { expression: 'cron(0 9 29 2 ? *)' });
  await house.clock.advance(3 * DAY_MS);
  assert.deepEqual(await house.times('leap'), ['2028-02-29T09:00']);
  assert.equal((await house.timer())?.dueAtMs, Date.parse('2032-02-29T09:00:00Z'));
});

test('a flexible window spreads what is due over itself, and the due time stays what was said', async (t) => {
  const house = openHouse(t, '2026-11-20T12:00:00Z');
  const input = '<aws.scheduler.scheduled-time>';
  const spread = { expression: 'cron(0 13 * * ? *)', target: { ...target(), input, deadLetterArn: DEAD } };
  for (let index = 0; index < 20; index += 1) await house.create(`spread-${index}`, { ...spread, windowMinutes: 15 });
  await house.clock.advance(HOUR_MS + 15 * MINUTE_MS);
  const entries = await house.sent();
  assert.equal(entries.length, 20);
  assert.deepEqual(new Set(entries.map(({ payload }) => Buffer.from(payload).toString())), new Set(['2026-11-20T13:00:00Z']));
  const scheduledMs = Date.parse('2026-11-20T13:00:00Z');
  for (const { deadLetter } of entries) assert.deepEqual(deadLetter, { arn: DEAD, style: 'scheduler', scheduledMs });
  const late = entries.map(({ acceptedAtMs }) => acceptedAtMs - scheduledMs);
  assert.ok(late.every((ms) => ms >= 0 && ms < 15 * MINUTE_MS));
  assert.ok(new Set(late).size > 15, 'they are not met together');
});

test('windows that are longer than the rate lose no due time', async (t) => {
  const house = openHouse(t, '2026-11-20T12:00:00Z');
  await house.create('overlap', { expression: 'rate(1 minute)', windowMinutes: 10, endMs: Date.parse('2026-11-20T12:30:00Z') });
  await house.clock.advance(HOUR_MS);
  assert.equal((await house.sent()).length, 30);
});

test('down for three days: a one-time schedule and the latest of each recurring one are met late, once', async (t) => {
  const before = openHouse(t, '2026-11-20T12:00:00Z');
  await before.create('hourly', { expression: 'cron(15 * * * ? *)' });
  await before.create('daily', { expression: 'cron(0 2 * * ? *)' });
  await before.create('rate', { expression: 'rate(7 hours)' });
  await before.create('once', { expression: 'at(2026-11-23T10:00:00)' });
  await before.clock.advance(MINUTE_MS);
  assert.deepEqual(await before.times('rate'), ['2026-11-20T12:00']);
  await before.schedules.close();
  await before.clock.advance(3 * DAY_MS);

  const after = openHouse(t, before);
  await after.clock.advance(MINUTE_MS);
  const entries = await after.sent();
  const met = Object.fromEntries(entries.map((entry) => [nameOf(entry), text(entry.acceptedAtMs)]));
  assert.equal(entries.length, 4);
  assert.deepEqual(met, {
    hourly: '2026-11-23T11:15',
    daily: '2026-11-23T02:00',
    rate: '2026-11-23T10:00',
    once: '2026-11-23T10:00',
  });
  assert.equal(after.log.named('schedule.missed').length, 3);
  await after.clock.advance(HOUR_MS);
  assert.deepEqual(await after.times('hourly'), ['2026-11-23T12:15'], 'and then as ever');
});

test('what was missed for longer than its age arrives expired, for its dead-letter queue', async (t) => {
  const before = openHouse(t, '2026-11-20T12:00:00Z');
  const retry = { maximumRetries: 10, maximumAgeSeconds: 3600 };
  await before.create('once', { expression: 'at(2026-11-20T13:00:00)', target: { ...target(), retry, deadLetterArn: DEAD } });
  await before.schedules.close();
  await before.clock.advance(3 * DAY_MS);
  const after = openHouse(t, before);
  await after.clock.advance(0);
  const [entry] = await after.sent();
  // The courier looks at the age before every attempt, the first too.
  assert.equal(entry?.acceptedAtMs, Date.parse('2026-11-20T13:00:00Z'));
  assert.equal(entry?.retry.maximumAgeSeconds, 3600);
});

test('a restart of less than a minute skips nothing', async (t) => {
  const before = openHouse(t, '2026-11-20T12:00:00Z');
  await before.create('minutely', { expression: 'rate(1 minute)' });
  await before.clock.advance(30_000);
  await before.schedules.close();
  await before.clock.advance(90_000);
  const after = openHouse(t, before);
  await after.clock.advance(0);
  assert.deepEqual(await after.times('minutely'), ['2026-11-20T12:00', '2026-11-20T12:01', '2026-11-20T12:02']);
});

test('a clock that is set back an hour repeats nothing, and one that is set forward is a time that was slept through', async (t) => {
  const house = openHouse(t, '2026-11-20T12:00:00Z');
  await house.create('quarterly', { expression: 'cron(0/15 * * * ? *)' });
  await house.clock.advance(30 * MINUTE_MS);
  assert.deepEqual(await house.times('quarterly'), ['2026-11-20T12:00', '2026-11-20T12:15', '2026-11-20T12:30']);
  house.clock.jump(-HOUR_MS);
  await house.clock.advance(HOUR_MS + 15 * MINUTE_MS);
  assert.deepEqual(await house.times('quarterly'), ['2026-11-20T12:45']);
  house.clock.jump(5 * HOUR_MS);
  await house.clock.advance(MINUTE_MS);
  assert.deepEqual(await house.times('quarterly'), ['2026-11-20T17:45']);
});

test('delete after completion takes the schedule with its last due time, in one step', async (t) => {
  const house = openHouse(t, '2026-11-20T12:00:00Z');
  const isDeletedAfterCompletion = true;
  await house.create('once', { expression: 'at(2026-11-20T13:00:00)', isDeletedAfterCompletion });
  const endMs = Date.parse('2026-11-22T12:00:00Z');
  await house.create('for-a-while', { expression: 'cron(0 10 * * ? *)', endMs, isDeletedAfterCompletion });
  await house.clock.advance(HOUR_MS);
  assert.deepEqual(await house.times('once'), ['2026-11-20T13:00']);
  await assert.rejects(house.schedules.book.need(named('once')), { code: 'ResourceNotFoundException' });
  await house.clock.advance(DAY_MS);
  assert.ok(await house.schedules.book.need(named('for-a-while')));
  await house.clock.advance(DAY_MS);
  assert.deepEqual(await house.times('for-a-while'), ['2026-11-21T10:00', '2026-11-22T10:00']);
  await assert.rejects(house.schedules.book.need(named('for-a-while')), { code: 'ResourceNotFoundException' });
});

test('a schedule that is changed while it is being fired is not deleted with the old settings', async (t) => {
  const house = openHouse(t, '2026-11-20T12:00:00Z');
  const once = { expression: 'at(2026-11-20T13:00:00)', isDeletedAfterCompletion: true };
  await house.create('once', once);
  house.store.fault = (verb) => {
    if (verb !== 'timers.fire') return;
    house.store.fault = () => undefined;
    // The firing has read the schedule; now somebody wants to keep it.
    void house.schedules.book.update(named('once'), settings({ ...once, isDeletedAfterCompletion: false }));
    throw new Error('and the first try fails');
  };
  await house.clock.advance(HOUR_MS + MINUTE_MS);
  assert.deepEqual(await house.times('once'), ['2026-11-20T13:00']);
  assert.ok(await house.schedules.book.need(named('once')));
});

test('a disabled schedule waits for nothing, and enabled again it has no past', async (t) => {
  const house = openHouse(t, '2026-11-20T12:00:00Z');
  await house.create('toggled', { expression: 'rate(1 hour)', isEnabled: false });
  assert.equal(await house.timer(), undefined);
  await house.clock.advance(150 * MINUTE_MS);
  await house.schedules.book.update(named('toggled'), settings({ expression: 'rate(1 hour)' }));
  await house.clock.advance(HOUR_MS);
  assert.deepEqual(await house.times('toggled'), ['2026-11-20T15:00'], 'it counts from where it counted');
  await house.schedules.book.update(named('toggled'), settings({ expression: 'rate(1 hour)', isEnabled: false }));
  await house.clock.advance(DAY_MS);
  assert.deepEqual(await house.sent(), []);
});

test('a change that says nothing of the time does not touch it, even at the moment when it is due', async (t) => {
  const house = openHouse(t, '2026-11-20T12:00:00Z');
  await house.create('steady', { expression: 'cron(0 13 * * ? *)', windowMinutes: 10 });
  const planned = await house.timer();
  await house.schedules.book.update(
    named('steady'),
    settings({ expression: 'cron(0 13 * * ? *)', windowMinutes: 10, description: 'x' }),
  );
  assert.deepEqual(await house.timer(), planned);
  await house.schedules.book.update(named('steady'), settings({ expression: 'cron(30 12 * * ? *)' }));
  assert.equal((await house.timer())?.dueAtMs, Date.parse('2026-11-20T12:30:00Z'));
});

test('a time that is now is met, and one that is past is not', async (t) => {
  const house = openHouse(t, '2026-11-20T12:00:30Z');
  await house.create('now', { expression: 'at(2026-11-20T12:00:00)' });
  await house.create('past', { expression: 'at(2026-11-20T11:59:00)' });
  await house.clock.advance(DAY_MS);
  const names = (await house.sent()).map(nameOf);
  assert.deepEqual(names, ['now']);
});

test('a group that is deleted takes its schedules with it, also when a kill came between', async (t) => {
  const before = openHouse(t, '2026-11-20T12:00:00Z');
  await before.schedules.groups.create(SCOPE, 'work', { tags: {} });
  await Promise.all(
    Array.from({ length: 450 }, (_, index) =>
      before.schedules.book.create({ scope: SCOPE, group: 'work', name: `s-${index}` }, settings({ expression: 'rate(1 hour)' })),
    ),
  );
  let steps = 0;
  before.store.fault = (verb) => {
    if (verb === 'timers.set' && (steps += 1) > 1) throw new Error('killed');
  };
  await before.schedules.groups.remove(SCOPE, 'work');
  await settled();
  await before.schedules.close();
  before.store.fault = () => undefined;
  assert.equal((await before.schedules.groups.need(SCOPE, 'work')).state, 'DELETING');
  const late = before.schedules.book.create(
    { scope: SCOPE, group: 'work', name: 'late' },
    settings({ expression: 'rate(1 hour)' }),
  );
  await assert.rejects(late, { code: 'ConflictException' });

  const after = openHouse(t, before);
  await settled();
  await after.schedules.close();
  await assert.rejects(after.schedules.groups.need(SCOPE, 'work'), { code: 'ResourceNotFoundException' });
  const left = await after.store.resources.list({ scope: SCOPE, kind: 'schedule', prefix: 'work/', limit: 10 });
  assert.deepEqual(left, []);
});

test('a deletion that comes late does not touch a group that was made anew', async (t) => {
  const { schedules, store } = openHouse(t, '2026-11-20T12:00:00Z');
  await schedules.groups.create(SCOPE, 'work', { tags: {} });
  const held = Promise.withResolvers<undefined>();
  const whole = { ...store.resources };
  let lists = 0;
  Object.assign(store.resources, {
    // Two deletions, of which the second reads the schedules when everything is over.
    async list(query: Parameters<typeof whole.list>[0]) {
      if (query.kind === 'schedule' && ++lists === 2) await held.promise;
      return whole.list(query);
    },
  });
  await Promise.all([schedules.groups.remove(SCOPE, 'work'), schedules.groups.remove(SCOPE, 'work')]);
  await settled();
  await schedules.groups.create(SCOPE, 'work', { tags: {} });
  const anew = { scope: SCOPE, group: 'work', name: 'anew' };
  await schedules.book.create(anew, settings({}));
  held.resolve(undefined);
  await settled();
  assert.ok(lists >= 2, 'there were two');
  assert.ok(await schedules.book.need(anew));
});

test('the same request twice makes one schedule, and another request with its name none', async (t) => {
  const house = openHouse(t, '2026-11-20T12:00:00Z');
  const asked = settings({ expression: 'at(2026-11-21T12:00:00)' });
  await house.schedules.book.create(named('same'), asked, 'token');
  await house.schedules.book.create(named('same'), asked, 'token');
  await assert.rejects(house.schedules.book.create(named('same'), asked, 'another'), { code: 'ConflictException' });
  const other = settings({ expression: 'at(2026-11-22T12:00:00)' });
  await assert.rejects(house.schedules.book.create(named('same'), other, 'token'), { code: 'ConflictException' });
  await assert.rejects(house.schedules.book.create(named('same'), asked), { code: 'ConflictException' });
});

function target(): ScheduleSettings['target'] {
  return {
    arn: QUEUE,
    roleArn: 'arn:aws:iam::000000000000:role/scheduler',
    retry: { maximumRetries: 185, maximumAgeSeconds: 86_400 },
    input: 'tick',
  };
}

function settings(said: Partial<ScheduleSettings>): ScheduleSettings {
  return { expression: 'rate(1 day)', zone: 'UTC', isEnabled: true, isDeletedAfterCompletion: false, target: target(), ...said };
}

function named(name: string) {
  return { scope: SCOPE, group: 'default', name };
}

function nameOf({ sender }: OutboxEntry): string {
  return sender.arn.split('/').at(-1) ?? '';
}

function text(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16);
}

interface House {
  readonly clock: FakeClock;
  readonly store: InlineStore;
  readonly log: QuietLog;
  readonly schedules: Schedules;
  create(name: string, said: Partial<ScheduleSettings>): Promise<void>;
  /** What was sent since the last look, in order. */
  sent(): Promise<readonly OutboxEntry[]>;
  /** When those of one schedule were due, to the minute. */
  times(name: string): Promise<readonly string[]>;
  /** The only one, or the earliest. */
  timer(): Promise<{ readonly dueAtMs: number } | undefined>;
}

/** A new house, or what comes after one that was closed. */
function openHouse(t: TestContext, from: string | House): House {
  const clock = typeof from === 'string' ? new FakeClock(Date.parse(from)) : from.clock;
  const store = typeof from === 'string' ? inlineStore(t) : from.store;
  const log = new QuietLog();
  const schedules = createSchedules({ store, clock, random: seededRandom(7), log, scopes: [SCOPE] });
  const started = schedules.start();
  t.after(() => schedules.close());
  const sent = async (): Promise<readonly OutboxEntry[]> => {
    await started;
    const claimed = await store.deliveries.claimDue({ lane: OUTBOX_LANE, nowMs: clock.now(), leaseMs: 1, limit: 1000 });
    for (const { id, fence } of claimed) await store.deliveries.settle(id, fence);
    return claimed.map(entryOfDelivery);
  };
  return {
    clock,
    store,
    log,
    schedules,
    sent,
    create: (name, said) => schedules.book.create(named(name), settings(said)),
    async times(name) {
      const entries = await sent();
      return entries.filter((entry) => nameOf(entry) === name).map(({ acceptedAtMs }) => text(acceptedAtMs));
    },
    async timer() {
      const dueAtMs = await store.timers.nextDueAtMs('schedules');
      return dueAtMs === undefined ? undefined : { dueAtMs };
    },
  };
}
