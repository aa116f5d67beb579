// Revisions, deletions and starts from memory: what the store keeps of state machines, and for how long.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalQuery, Store } from '#store';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { QuietLog } from '../../../test/support/quiet-log.ts';
import { SCOPE } from '../../../test/support/logs-house.ts';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import { temporaryStore } from '../../../test/support/temporary-store.ts';
import { createMachines, type Machines } from './machines.ts';

const ROLE = 'arn:aws:iam::000000000000:role/flow';
const HOUR_MS = 3_600_000;
const definition = (comment: string) =>
  JSON.stringify({ Comment: comment, StartAt: 'A', States: { A: { Type: 'Pass', End: true } } });

/** Machines over a real store, and executions that a test says there are. */
async function house(t: Parameters<typeof temporaryStore>[0], clock = new FakeClock()) {
  const { store } = await temporaryStore(t, { clock });
  const begun: { startedAtMs: number; isOpen: boolean }[] = [];
  const list = async ({ statuses, startedAfterMs = -Infinity, startedBeforeMs = Infinity }: JournalQuery) =>
    begun
      .filter(({ isOpen }) => statuses === undefined || isOpen)
      .filter(({ startedAtMs }) => startedAtMs > startedAfterMs && startedAtMs < startedBeforeMs) as never[];
  const open = async (over: Partial<Store> = {}): Promise<Machines> => {
    const machines = createMachines({
      store: { ...store, ...over, journals: { list } },
      logs: { groups: undefined as never },
      resourceRefusal: () => undefined,
      clock,
      random: seededRandom(1),
      log: new QuietLog(),
      scopes: [SCOPE],
    });
    await machines.open();
    return machines;
  };
  const machines = await open();
  t.after(() => machines.close());
  const create = async (name: string) =>
    (await machines.book.create(SCOPE, { name, type: 'STANDARD', definition: definition('0'), roleArn: ROLE, tags: {} })).arn;
  const update = (arn: string, comment: string, publish = false) =>
    machines.book.update(SCOPE, arn, { definition: definition(comment), publish });
  const revisionsOf = async (name: string) =>
    (await store.resources.list({ scope: SCOPE, kind: 'state-machine-revision', prefix: `${name}/`, limit: 100 })).length;
  return { clock, store, machines, begun, open, create, update, revisionsOf };
}

test('publishers, taggers and deleters at the same time: each has its version and its tag, and nobody is refused', async (t) => {
  const { machines, create, update, begun } = await house(t);
  const arn = await create('crowd');
  const texts = Array.from({ length: 30 }, (_, index) => `text ${index}`);
  const published = await Promise.all(texts.map((text) => update(arn, text, true)));
  assert.equal(new Set(published.map(({ versionArn }) => versionArn)).size, texts.length);
  await Promise.all(texts.map((text) => machines.book.tag(SCOPE, arn, { [text]: 'v' })));
  assert.equal(Object.keys(await machines.book.tags(SCOPE, arn)).length, texts.length);
  begun.splice(0);
  await Promise.all(texts.map(() => machines.book.remove(SCOPE, arn)));
  await assert.rejects(machines.book.describe(SCOPE, arn), { code: 'StateMachineDoesNotExist' });
});

test('aliases are listed with the newest first, page by page, whatever they are called and whatever changes', async (t) => {
  const { clock, machines, create, update } = await house(t);
  const arn = await create('listed');
  await update(arn, '1', true);
  const routing = [{ versionArn: `${arn}:1`, weight: 100 }];
  for (const name of ['c', 'a', 'd', 'b']) {
    await machines.aliases.create(SCOPE, { name, routing });
    await clock.advance(1);
  }
  const names = async (request: object) => {
    const { items, nextToken } = await machines.aliases.list(SCOPE, arn, request);
    return [items.map(({ name }) => name).join(''), nextToken] as const;
  };
  const [first, nextToken] = await names({ maxResults: 2 });
  assert.equal(first, 'bd');
  await machines.aliases.remove(SCOPE, `${arn}:d`);
  await machines.aliases.update(SCOPE, `${arn}:a`, { description: 'new' });
  assert.deepEqual(await names({ nextToken }), ['ac', undefined]);
});

test('versions and aliases of a machine that is being deleted can be deleted, and gone ones again', async (t) => {
  const { machines, create, update, begun } = await house(t);
  const arn = await create('going');
  await update(arn, '1', true);
  const live = await machines.aliases.create(SCOPE, { name: 'live', routing: [{ versionArn: `${arn}:1`, weight: 100 }] });
  begun.push({ startedAtMs: 0, isOpen: true });
  await machines.book.remove(SCOPE, arn);
  assert.equal((await machines.book.describe(SCOPE, arn)).status, 'DELETING');
  await machines.aliases.remove(SCOPE, live.arn);
  await machines.versions.remove(SCOPE, `${arn}:1`);
  begun.splice(0);
  await machines.book.remove(SCOPE, arn);
  await machines.aliases.remove(SCOPE, live.arn);
  await machines.versions.remove(SCOPE, `${arn}:1`);
});

test('a revision that nothing runs goes within hours', async (t) => {
  const { clock, create, update, revisionsOf } = await house(t);
  const arn = await create('m');
  for (let number = 1; number <= 5; number += 1) await update(arn, String(number));
  assert.equal(await revisionsOf('m'), 6);
  await untilRevisions(clock, 1, () => revisionsOf('m'));
});

test('one that an execution began with stays as long as the execution is kept', async (t) => {
  const { clock, machines, begun, create, update, revisionsOf } = await house(t);
  const arn = await create('m');
  const { revisionId } = await machines.runnable(SCOPE, arn);
  begun.push({ startedAtMs: clock.now(), isOpen: false });
  await clock.advance(24 * HOUR_MS);
  await update(arn, '1');
  await clock.advance(2 * HOUR_MS);
  await untilRevisions(clock, 2, () => revisionsOf('m'));
  assert.equal((await machines.revision(SCOPE, arn, revisionId))?.definition, definition('0'));
  begun.length = 0;
  await clock.advance(2 * HOUR_MS);
  await untilRevisions(clock, 1, () => revisionsOf('m'));
  assert.equal(await machines.revision(SCOPE, arn, revisionId), undefined);
});

test('one that a version names stays as long as the version', async (t) => {
  const { clock, machines, create, update, revisionsOf } = await house(t);
  const arn = await create('m');
  await machines.versions.publish(SCOPE, arn, {});
  await update(arn, '1');
  await clock.advance(2 * HOUR_MS);
  assert.equal(await revisionsOf('m'), 2);
  await machines.versions.remove(SCOPE, `${arn}:1`);
  await clock.advance(2 * HOUR_MS);
  await untilRevisions(clock, 1, () => revisionsOf('m'));
});

test('a machine with open executions is DELETING until the last has ended, and starts no more', async (t) => {
  const { machines, begun, clock, create, revisionsOf } = await house(t);
  const arn = await create('m');
  const { revisionId } = await machines.runnable(SCOPE, arn);
  const run = { startedAtMs: clock.now(), isOpen: true };
  begun.push(run);
  await machines.book.remove(SCOPE, arn);
  assert.equal((await machines.book.describe(SCOPE, arn)).status, 'DELETING');
  await assert.rejects(machines.runnable(SCOPE, arn), { code: 'StateMachineDeleting' });
  await assert.rejects(create('m'), { code: 'StateMachineDeleting' });
  machines.ended(SCOPE, arn);
  assert.equal((await machines.book.describe(SCOPE, arn)).status, 'DELETING');
  run.isOpen = false;
  machines.ended(SCOPE, arn);
  await untilRejected(() => machines.book.describe(SCOPE, arn));
  assert.equal((await machines.revision(SCOPE, arn, revisionId))?.definition, definition('0'));
  assert.equal(await revisionsOf('m'), 1);
  assert.equal(await create('m'), arn);
});

test('a deletion that waits goes on in the next process', async (t) => {
  const { machines, begun, clock, create, open } = await house(t);
  const arn = await create('m');
  const run = { startedAtMs: clock.now(), isOpen: true };
  begun.push(run);
  await machines.book.remove(SCOPE, arn);
  run.isOpen = false;
  const next = await open();
  await untilRejected(() => next.book.describe(SCOPE, arn));
  await next.close();
});

test('starts are served from memory until something changes, and at once from what changed', async (t) => {
  const { store, open, create, update } = await house(t);
  const arn = await create('m');
  await update(arn, '1', true);
  let reads = 0;
  const get = (key: Parameters<typeof store.resources.get>[0]) => {
    reads += 1;
    return store.resources.get(key);
  };
  const machines = await open({ resources: { ...store.resources, get } });
  for (const named of [arn, `${arn}:1`]) await machines.runnable(SCOPE, named);
  reads = 0;
  for (let round = 0; round < 100; round += 1) for (const named of [arn, `${arn}:1`]) await machines.runnable(SCOPE, named);
  assert.ok(reads <= 2, `100 starts read ${reads} resources`);
  await machines.book.update(SCOPE, arn, { definition: definition('2') });
  assert.equal((await machines.runnable(SCOPE, arn)).definition, definition('2'));
  assert.equal((await machines.runnable(SCOPE, `${arn}:1`)).definition, definition('1'));
  await machines.close();
});

test('an alias of two versions draws by their weights', async (t) => {
  const { machines, create, update } = await house(t);
  const arn = await create('m');
  await update(arn, '1', true);
  await update(arn, '2', true);
  const routing = [
    { versionArn: `${arn}:1`, weight: 75 },
    { versionArn: `${arn}:2`, weight: 25 },
  ];
  const alias = await machines.aliases.create(SCOPE, { name: 'live', routing });
  let first = 0;
  for (let draw = 0; draw < 1000; draw += 1) if ((await machines.runnable(SCOPE, alias.arn)).versionArn === `${arn}:1`) first += 1;
  assert.ok(first > 700 && first < 800, `${first} of 1000 were the first's`);
});

/** As many hours as it takes: a sweep is work of the store, which knows no clock that a test turns. */
async function untilRevisions(clock: FakeClock, wanted: number, count: () => Promise<number>): Promise<void> {
  let found = await count();
  for (let hours = 0; hours < 1000 && found !== wanted; hours += 1) {
    await clock.advance(HOUR_MS);
    found = await count();
  }
  assert.equal(found, wanted);
}

async function untilRejected(asked: () => Promise<unknown>): Promise<void> {
  for (let turn = 0; turn < 1000; turn += 1) {
    const isThere = await asked().then(
      () => true,
      () => false,
    );
    if (!isThere) return;
  }
  assert.fail('it is still there');
}
