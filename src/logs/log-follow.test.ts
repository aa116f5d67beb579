// Followers and Live Tail sessions, by a clock that is turned by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel';
import { logsHouse, SCOPE, type LogsHouse } from '../../test/support/logs-house.ts';
import type { FakeClock } from '../../test/support/fake-clock.ts';

const GROUP = 'app';

async function house(t: Parameters<typeof logsHouse>[0]): Promise<LogsHouse<FakeClock>> {
  const made = await logsHouse(t);
  await made.logs.groups.create(SCOPE, GROUP, {});
  await made.logs.streams.create(SCOPE, GROUP, 's');
  return made;
}

function put({ logs, clock }: LogsHouse<FakeClock>, ...texts: readonly string[]) {
  return logs.events.put({
    scope: SCOPE,
    group: GROUP,
    stream: 's',
    lines: texts.map((text) => ({ timestampMs: clock.now(), text })),
  });
}

async function take(events: AsyncIterator<readonly { readonly text: string }[]>, count: number): Promise<string[]> {
  const found: string[] = [];
  while (found.length < count) {
    const next = await events.next();
    if (next.done === true) break;
    found.push(...next.value.map((event) => event.text));
  }
  return found;
}

test('a follower sees what comes in, each event once, and nothing from before', async (t) => {
  const made = await house(t);
  await put(made, 'old');
  const stop = new AbortController();
  const events = made.logs.events.follow({ scope: SCOPE, group: GROUP, matches: () => true, signal: stop.signal });
  const first = take(events, 2);
  // The follower has taken its place once it waits.
  while (made.clock.pendingTimers < 2) await new Promise((resolve) => setImmediate(resolve));
  await put(made, 'one', 'two');
  assert.deepEqual(await first, ['one', 'two']);
  await put(made, 'three');
  await put(made, 'four');
  assert.deepEqual(await take(events, 2), ['three', 'four']);
  const end = take(events, 1);
  stop.abort();
  assert.deepEqual(await end, []);
});

test('a follower can begin in the past, and sees only what matches', async (t) => {
  const made = await house(t);
  await put(made, 'too old');
  await made.clock.advance(1000);
  await put(made, 'ERROR one', 'fine', 'ERROR two');
  const stop = new AbortController();
  const matches = (event: { readonly text: string }) => event.text.startsWith('ERROR') || event.text === 'too old';
  const events = made.logs.events.follow({ scope: SCOPE, group: GROUP, fromMs: made.clock.now(), matches, signal: stop.signal });
  assert.deepEqual(await take(events, 2), ['ERROR one', 'ERROR two']);
  stop.abort();
  assert.deepEqual(await take(events, 1), []);
});

test('a follower whose notices are lost looks by itself', async (t) => {
  const made = await house(t);
  const { followEvents } = await import('./log-follow.ts');
  const { ChunkReader } = await import('./chunk-reader.ts');
  const stop = new AbortController();
  const deaf = {
    index: made.store.logs,
    reader: new ChunkReader(made.segments, made.log),
    store: { changed: () => () => undefined },
    clock: made.clock,
  };
  const events = followEvents(deaf, { scope: SCOPE, group: GROUP, matches: () => true, signal: stop.signal });
  const found = take(events, 1);
  while (made.clock.pendingTimers < 2) await new Promise((resolve) => setImmediate(resolve));
  await put(made, 'unheard');
  await made.clock.advance(5000);
  assert.deepEqual(await found, ['unheard']);
  stop.abort();
  await events.return(undefined);
});

test('a live tail has an update a second, also without events, and ends with its signal', async (t) => {
  const made = await house(t);
  const stop = new AbortController();
  const updates = await made.logs.events.liveTail({ scope: SCOPE, groups: [GROUP], matches: () => true, signal: stop.signal });
  const first = updates.next();
  assert.deepEqual((await made.clock.until(first)).value, { kind: 'events', events: [], isSampled: false });
  await put(made, 'hello');
  const found: string[] = [];
  while (found.length === 0) {
    const next = await made.clock.until(updates.next());
    assert.ok(next.done !== true && next.value.kind === 'events');
    found.push(...next.value.events.map((event) => `${event.group}/${event.stream}: ${event.text}`));
  }
  assert.deepEqual(found, ['app/s: hello']);
  stop.abort();
  assert.equal((await updates.next()).done, true);
});

test('a live tail shows at most 500 events of a second and says that it left some out', async (t) => {
  const made = await house(t);
  const stop = new AbortController();
  const updates = await made.logs.events.liveTail({
    scope: SCOPE,
    groups: [GROUP],
    streamPrefixes: ['s'],
    matches: () => true,
    signal: stop.signal,
  });
  await made.clock.until(updates.next());
  await put(made, ...Array.from({ length: 2000 }, (_, n) => String(n)));
  for (;;) {
    const next = await made.clock.until(updates.next());
    assert.ok(next.done !== true && next.value.kind === 'events');
    if (next.value.events.length === 0) continue;
    assert.equal(next.value.events.length, LIMITS.liveTailEventsPerUpdate);
    assert.equal(next.value.isSampled, true);
    break;
  }
  stop.abort();
  await updates.return(undefined);
});

test('a live tail ends after three hours, and refuses groups that are not there', async (t) => {
  const made = await house(t);
  const { signal } = new AbortController();
  await assert.rejects(made.logs.events.liveTail({ scope: SCOPE, groups: [GROUP, 'missing'], matches: () => true, signal }), {
    code: 'ResourceNotFoundException',
  });
  const updates = await made.logs.events.liveTail({ scope: SCOPE, groups: [GROUP], matches: () => true, signal });
  await made.clock.until(updates.next());
  const late = updates.next();
  await made.clock.advance(LIMITS.liveTailSessionMs);
  await made.clock.until(late);
  assert.deepEqual((await made.clock.until(updates.next())).value, { kind: 'timedOut' });
  assert.equal((await updates.next()).done, true);
});

test('no more live tails run at once than AWS lets run', async (t) => {
  const made = await house(t);
  const stop = new AbortController();
  const start = () => made.logs.events.liveTail({ scope: SCOPE, groups: [GROUP], matches: () => true, signal: stop.signal });
  const sessions = await Promise.all(Array.from({ length: LIMITS.liveTailSessions }, start));
  const first = sessions.map((session) => session.next());
  await assert.rejects(start(), { code: 'LimitExceededException' });
  stop.abort();
  await Promise.all(first);
  await (await start()).return(undefined);
});
