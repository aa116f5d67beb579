// Whatever is done to the process and to the clock: no due time is met twice, nothing else is met, and what was not met was slept through.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { nextDueMs, parseExpression, type Expression } from '#calendar';
import type { AccountId, Region, Scope } from '#kernel';
import { entryOfDelivery, OUTBOX_LANE } from '#outbox';
import { effort } from '../../test/support/effort.ts';
import { FakeClock, settled } from '../../test/support/fake-clock.ts';
import { inlineStore, type InlineStore } from '../../test/support/inline-store.ts';
import { QuietLog } from '../../test/support/quiet-log.ts';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { createSchedules } from './index.ts';

const SCOPE: Scope = { account: '000000000000' as AccountId, region: 'us-east-1' as Region };
const ZONE = 'Europe/Berlin';
/** An hour before the clocks of Berlin are set back. */
const START_MS = Date.parse('2027-10-30T23:30:00Z');
const HOUR_MS = 3_600_000;

const step = fc.record({
  kind: fc.constantFrom('up', 'up', 'up', 'down', 'killed', 'jump'),
  ms: fc.integer({ min: -2 * HOUR_MS, max: 3 * HOUR_MS }),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

test('each due time is met once, or was slept through', async (t) => {
  const expressions = fc.constantFrom('rate(7 minutes)', 'cron(0/20 * * * ? *)', 'cron(30 2 * * ? *)', 'rate(3 hours)');
  const property = fc.asyncProperty(expressions, fc.array(step, { maxLength: 8 }), async (text, steps) => {
    const life = await live(inlineStore(t), text, steps);
    const expression = parseExpression(text);
    assert.ok(expression);
    assert.deepEqual(life.met, [...new Set(life.met)].toSorted(), 'none is met twice, and none out of order');
    const due = dueTimes(expression, life.endMs);
    for (const time of life.met) assert.ok(due.includes(time) || time > timeText(life.endMs), `${time} is no due time`);
    for (const time of due) {
      const isSlept = life.asleep.some(([from, to]) => from <= time && time <= to);
      assert.ok(isSlept || life.met.includes(time), `${time} was neither met nor slept through`);
    }
  });
  await fc.assert(property, { numRuns: effort(25, 500) });
});

interface Life {
  /** Due times in the order in which they were met. */
  readonly met: readonly string[];
  /** What the wall showed when nobody was there, or never. */
  readonly asleep: readonly (readonly [from: string, to: string])[];
  readonly endMs: number;
}

async function live(store: InlineStore, expression: string, steps: readonly Step[]): Promise<Life> {
  const clock = new FakeClock(START_MS);
  // One for all lives: ids that come again are taken for the same.
  const random = seededRandom(1);
  const open = async () => {
    const schedules = createSchedules({ store, clock, random, log: new QuietLog(), scopes: [SCOPE] });
    await schedules.start();
    return schedules;
  };
  const asleep: [string, string][] = [];
  let schedules = await open();
  await schedules.book.create(
    { scope: SCOPE, group: 'default', name: 'tick' },
    {
      expression,
      zone: ZONE,
      isEnabled: true,
      isDeletedAfterCompletion: false,
      target: {
        arn: 'arn:aws:sqs:us-east-1:000000000000:ticks',
        roleArn: 'arn:aws:iam::000000000000:role/scheduler',
        retry: { maximumRetries: 0, maximumAgeSeconds: 60 },
        input: '<aws.scheduler.scheduled-time>',
      },
    },
  );
  for (const { kind, ms } of [...steps, { kind: 'up', ms: HOUR_MS }] as const) {
    await settled();
    const from = clock.now();
    if (kind === 'jump') clock.jump(ms);
    else if (kind === 'up') await clock.advance(Math.abs(ms));
    else {
      if (kind === 'killed')
        store.fault = (verb) => {
          if (verb === 'timers.fire') throw new Error('killed');
        };
      // Until the kill the process goes on, and may have claimed what it does not fire.
      if (kind === 'killed') await clock.advance(10 * 60_000);
      await schedules.close();
      store.fault = () => undefined;
      await clock.advance(Math.abs(ms));
      schedules = await open();
    }
    if (kind !== 'up') asleep.push([timeText(from), timeText(clock.now())]);
  }
  await schedules.close();
  const claimed = await store.deliveries.claimDue({ lane: OUTBOX_LANE, nowMs: 1e15, leaseMs: 1, limit: 10_000 });
  const entries = claimed.map(entryOfDelivery).toSorted((one, other) => one.acceptedAtMs - other.acceptedAtMs);
  return { met: entries.map(({ payload }) => Buffer.from(payload).toString()), asleep, endMs: clock.now() };
}

function dueTimes(expression: Expression, endMs: number): readonly string[] {
  const due: string[] = [];
  for (let atMs = nextDueMs(expression, ZONE, START_MS - 1, { startMs: START_MS }); atMs !== undefined && atMs <= endMs;) {
    due.push(timeText(atMs));
    atMs = nextDueMs(expression, ZONE, atMs, { startMs: START_MS });
  }
  return due;
}

/** As the context attribute has it; in the order of time also as text. */
function timeText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
