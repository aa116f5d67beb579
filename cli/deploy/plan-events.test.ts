// What a deployment decides about queues, topics, buses and schedules.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkConfig } from './config-schema.ts';
import { describeChange } from './describe-plan.ts';
import { isOwnName, linksOf, NO_EVENTS, planEvents } from './plan-events.ts';
import type { CurrentEvents, FoundLink } from './plan-events.ts';

const NOBODY: ReadonlySet<string> = new Set();

function wanted(on: readonly unknown[], more: object = {}) {
  return { name: 'orders', config: checkConfig({ on, ...more }, 'orders.ts') };
}

function lines(
  functions: readonly ReturnType<typeof wanted>[],
  current: Partial<CurrentEvents> = {},
  gone = NOBODY,
): readonly string[] {
  const { sources, links } = planEvents(functions, { ...NO_EVENTS, ...current }, gone);
  return [...sources, ...links].flatMap(describeChange).map(({ sign, text }) => `${sign} ${text}`);
}

function found(functions: readonly ReturnType<typeof wanted>[]): readonly FoundLink[] {
  return functions.flatMap(linksOf).map((link) => ({ link, handle: 'handle' }));
}

const all = wanted([
  { queue: 'orders', batchSize: 5, partialFailures: true, deadLetter: 'failed' },
  { topic: 'news', filter: { kind: ['sale'] } },
  { bus: 'shop', pattern: { source: ['my.shop'] } },
  { schedule: 'cron(0 3 * * ? *)', timeZone: 'Europe/Berlin' },
]);

test('what is missing is made, a dead-letter queue before the queue that names it', () => {
  assert.deepEqual(lines([all]), [
    '+ queue failed',
    '+ queue orders  dead letters to failed after 5 receives',
    '+ topic news',
    '+ bus shop',
    '+ trigger queue orders  batches of 5, partial failures → orders',
    '+ trigger topic news  {"kind":["sale"]} → orders',
    '+ trigger bus shop  {"source":["my.shop"]} → orders',
    '+ trigger schedule cron(0 3 * * ? *)  Europe/Berlin → orders',
  ]);
});

const redrive = JSON.stringify({ deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:failed', maxReceiveCount: 5 });
const there: CurrentEvents = {
  links: found([all]),
  queues: new Map<string, Readonly<Record<string, string>>>([
    ['failed', { VisibilityTimeout: '30' }],
    ['orders', { VisibilityTimeout: '60', RedrivePolicy: redrive }],
  ]),
  topics: new Set(['news']),
  buses: new Set(['default', 'shop']),
};

test('what is there is left alone, also a visibility timeout that somebody made longer', () => {
  assert.deepEqual(lines([all], there), []);
});

test('settings that differ are changed', () => {
  const changed = wanted(
    [
      { queue: 'orders', batchSize: 10, concurrency: 4, deadLetter: 'failed', receives: 2 },
      { topic: 'news' },
      { bus: 'shop', pattern: { source: ['my.shop'] } },
      { schedule: 'rate(1 hour)' },
    ],
    { timeout: 20 },
  );
  assert.deepEqual(lines([changed], there), [
    '~ queue orders  visibility timeout 60 s → 120 s, dead letters to failed after 2',
    '~ trigger queue orders  batches of 10, at most 4 at once → orders',
    '~ trigger topic news  every message → orders',
    '~ trigger schedule rate(1 hour)  UTC → orders',
  ]);
});

test('triggers that left the config go, and those of a function that goes; queues and topics stay', () => {
  const removed = [
    '− trigger queue orders  batches of 5, partial failures → orders',
    '− trigger topic news  {"kind":["sale"]} → orders',
    '− trigger bus shop  {"source":["my.shop"]} → orders',
    '− trigger schedule cron(0 3 * * ? *)  Europe/Berlin → orders',
  ];
  assert.deepEqual(lines([wanted([])], there), removed);
  assert.deepEqual(lines([], there, new Set(['orders'])), removed);
  assert.deepEqual(lines([], there), []);
});

test('a rule or schedule of another function is not taken for one’s own', () => {
  assert.deepEqual(
    [isOwnName('mayfly-a-0', 'a'), isOwnName('mayfly-a-b-0', 'a'), isOwnName('mayfly-a-0-1', 'a-0'), isOwnName('a-0', 'a')],
    [true, false, true, false],
  );
});

test('what cannot work is refused with a sentence', () => {
  const wrong: readonly (readonly [trigger: readonly unknown[], says: RegExp])[] = [
    [[{ queues: 'orders' }], /must have one of the keys s3, http, queue, topic, bus, schedule/],
    [[{ queue: 'or ders' }], /1 to 80 of letters/],
    [[{ queue: 'orders', batchSize: 100 }], /batches of more than 10 need windowSeconds/],
    [[{ queue: 'orders.fifo', windowSeconds: 5 }], /a FIFO queue takes batches of at most 10, and no window/],
    [[{ queue: 'orders', receives: 3 }], /receives says after how many failures .*: name one/],
    [[{ queue: 'orders.fifo', deadLetter: 'failed' }], /the dead-letter queue of a FIFO queue must be one too/],
    [[{ queue: 'orders', deadLetter: 'orders' }], /cannot be its own dead-letter queue/],
    [[{ queue: 'orders' }, { queue: 'orders' }], /names the queue orders twice/],
    [[{ bus: 'default' }], /pattern/],
    [[{ schedule: '*/5 * * * *' }], /rate\(5 minutes\) or cron\(0 3 \* \* \? \*\): six fields/],
    [[{ schedule: 'rate(1 hour)', timeZone: 'Berlin' }], /a time zone like Europe\/Berlin/],
  ];
  for (const [on, says] of wrong) assert.throws(() => wanted(on), says);
  const long = { name: 'a'.repeat(60), config: checkConfig({ on: [{ schedule: 'rate(1 hour)' }] }, 'a.ts') };
  assert.throws(() => linksOf(long), /too long a name for a trigger/);
});
