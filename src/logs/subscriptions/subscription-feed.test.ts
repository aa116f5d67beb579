// Subscribers of log groups: told of what comes in after they subscribed, each event once, also over a crash.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { LIMITS } from '#kernel';
import type { Logs, SubscribedEvents, SubscriptionFeed } from '#logs';
import type { LogIndex, NewDelivery } from '#store';
import { logsHouse, SCOPE } from '../../../test/support/logs-house.ts';

const LANE = 'told';
const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:watcher';

let ids = 0;

/** A delivery whose payload says what is told. */
const deliveriesFor = async ({ filterName, stream, events }: SubscribedEvents): Promise<readonly NewDelivery[]> => [
  {
    id: `told-${(ids += 1)}`,
    scope: SCOPE,
    lane: LANE,
    target: functionArn,
    payload: new Uint8Array(Buffer.from(JSON.stringify({ filterName, stream, texts: events.map(({ text }) => text), events }))),
    attributes: {},
    acceptedAtMs: 0,
    dueAtMs: 0,
  },
];

interface Told {
  readonly filterName: string;
  readonly stream: string;
  readonly texts: readonly string[];
  readonly events: readonly { readonly extractedFields?: Readonly<Record<string, string>> }[];
}

async function opened(t: TestContext, options: { readonly index?: (real: LogIndex) => LogIndex } = {}) {
  const house = await logsHouse(t, options);
  const feeds: SubscriptionFeed[] = [];
  t.after(async () => void (await Promise.all(feeds.map((feed) => feed.close()))));
  async function feed(logs: Logs = house.logs) {
    const started = logs.feedSubscriptions(deliveriesFor);
    feeds.push(started);
    await started.start();
    return started;
  }
  await house.logs.groups.create(SCOPE, 'group', {});
  await house.logs.streams.create(SCOPE, 'group', 'stream');
  const put = (...texts: readonly string[]) => {
    const lines = texts.map((text) => ({ timestampMs: house.clock.now(), text }));
    return house.logs.events.put({ scope: SCOPE, group: 'group', stream: 'stream', lines });
  };
  const subscribe = (name: string, pattern: string) =>
    house.logs.subscriptions.put({ scope: SCOPE, group: 'group', name, pattern, functionArn });
  /** What was told since the last time. */
  async function told(running: SubscriptionFeed): Promise<readonly (readonly [string, string, readonly string[]])[]> {
    await running.idle();
    return (await tellings()).map(({ filterName, stream, texts }) => [filterName, stream, texts] as const);
  }
  async function tellings(): Promise<readonly Told[]> {
    const { deliveries } = house.store;
    const claimed = await deliveries.claimDue({ lane: LANE, nowMs: 1, leaseMs: 1, limit: 1000 });
    await Promise.all(claimed.map(({ id, fence }) => deliveries.settle(id, fence)));
    return claimed.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as Told);
  }
  return { ...house, feed, put, subscribe, told, tellings };
}

test('a subscriber is told of what comes in from then on, as far as it was asked for', async (t) => {
  const h = await opened(t);
  await h.put('ERROR before');
  const feed = await h.feed();
  await h.subscribe('errors', 'ERROR');
  await h.put('ERROR one', 'fine', 'ERROR two');
  assert.deepEqual(await h.told(feed), [['errors', 'stream', ['ERROR one', 'ERROR two']]]);
  await h.subscribe('all', '');
  await h.put('fine');
  assert.deepEqual(await h.told(feed), [['all', 'stream', ['fine']]]);
});

test('a batch holds events of one stream', async (t) => {
  const h = await opened(t);
  await h.logs.streams.create(SCOPE, 'group', 'other');
  const feed = await h.feed();
  await h.subscribe('all', '');
  const line = (text: string) => ({ timestampMs: h.clock.now(), text });
  for (const [stream, text] of [
    ['stream', 'a'],
    ['other', 'b'],
    ['stream', 'c'],
  ] as const)
    await h.logs.events.put({ scope: SCOPE, group: 'group', stream, lines: [line(text)] });
  const told = await h.told(feed);
  const of = (name: string) => told.filter(([, stream]) => stream === name).flatMap(([, , texts]) => texts);
  assert.deepEqual([of('stream'), of('other')], [['a', 'c'], ['b']]);
});

test('many events are told in batches of bounded size', async (t) => {
  const h = await opened(t);
  const feed = await h.feed();
  await h.subscribe('all', '');
  const text = 'x'.repeat(100 * 1024);
  await h.put(...Array.from({ length: 9 }, (_, index) => `${index}${text}`));
  const told = await h.told(feed);
  assert.deepEqual(
    told.flatMap(([, , texts]) => texts.map((each) => each[0])),
    ['0', '1', '2', '3', '4', '5', '6', '7', '8'],
  );
  for (const [, , texts] of told) assert.ok(texts.join('').length <= LIMITS.logSubscriptionBatchBytes);
});

test('a pattern of fields says what it found in them', async (t) => {
  const h = await opened(t);
  const feed = await h.feed();
  await h.subscribe('fields', '[ip, status = 5*]');
  await h.put('127.0.0.1 200', '127.0.0.2 503');
  await feed.idle();
  assert.deepEqual(
    (await h.tellings()).flatMap(({ events }) => events.map(({ extractedFields }) => extractedFields)),
    [{ ip: '127.0.0.2', status: '503' }],
  );
});

test('a subscription that is put again asks for what it says now, and one that is removed for nothing', async (t) => {
  const h = await opened(t);
  const feed = await h.feed();
  await h.subscribe('one', 'ERROR');
  await h.subscribe('one', 'WARN');
  await h.put('ERROR', 'WARN');
  assert.deepEqual(await h.told(feed), [['one', 'stream', ['WARN']]]);
  await h.logs.subscriptions.remove(SCOPE, 'group', 'one');
  await h.put('WARN');
  assert.deepEqual(await h.told(feed), []);
});

test('the next process goes on where the one before stopped, and tells nothing twice', async (t) => {
  const h = await opened(t);
  const first = await h.feed();
  await h.subscribe('all', '');
  await h.put('told');
  assert.deepEqual(await h.told(first), [['all', 'stream', ['told']]]);
  await first.close();
  await h.put('meanwhile');
  const second = await h.feed(await h.again());
  assert.deepEqual(await h.told(second), [['all', 'stream', ['meanwhile']]]);
});

test('a store that fails holds the subscription up, and loses nothing of it', async (t) => {
  let isFailing = true;
  const advanceSubscription: LogIndex['advanceSubscription'] = async () => {
    throw new Error('the disk is full');
  };
  const index = (real: LogIndex): LogIndex =>
    new Proxy(real, {
      get: (target, name) => (isFailing && name === 'advanceSubscription' ? advanceSubscription : Reflect.get(target, name)),
    });
  const h = await opened(t, { index });
  const feed = await h.feed();
  await h.subscribe('all', '');
  await h.put('one');
  assert.deepEqual(await h.told(feed), []);
  await h.put('two');
  isFailing = false;
  await h.clock.advance(1000);
  assert.deepEqual(
    (await h.told(feed)).flatMap(([, , texts]) => texts),
    ['one', 'two'],
  );
});

test('a group that nobody subscribed to costs no read', async (t) => {
  const reads: string[] = [];
  const index = (real: LogIndex): LogIndex =>
    new Proxy(real, {
      get(target, name) {
        if (name === 'chunks') reads.push(name);
        return Reflect.get(target, name) as unknown;
      },
    });
  const h = await opened(t, { index });
  const feed = await h.feed();
  await h.put('one');
  await feed.idle();
  assert.deepEqual(reads, []);
});

test('two feeds of one store tell of each event once', async (t) => {
  const h = await opened(t);
  const other = await h.again();
  await h.subscribe('all', '');
  const feeds = [await h.feed(), await h.feed(other)];
  await h.put('one');
  await feeds[1]?.idle();
  const third = await h.feed(await h.again());
  const told = await h.told(third);
  await feeds[0]?.idle();
  assert.deepEqual([...told, ...(await h.told(third))], [['all', 'stream', ['one']]]);
});
