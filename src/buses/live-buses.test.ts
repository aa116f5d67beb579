// Buses in memory are in step with the store: also while they are loaded, and when they were forgotten.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ResourceStore } from '#store';
import { SCOPE } from '../../test/support/invocable.ts';
import { QuietLog } from '../../test/support/quiet-log.ts';
import { temporaryStore } from '../../test/support/temporary-store.ts';
import { ArchiveRecords } from './archive-record.ts';
import { BusRecords } from './bus-record.ts';
import { DestinationRecords, LiveDestinations } from './destination-record.ts';
import { LiveBuses } from './live-buses.ts';
import { keyOf, RuleRecords, type RuleRecord } from './rule-record.ts';

const BUS = 'default';
const RULES_MAX = 3;
const rule = (source: string): RuleRecord => ({
  createdAtMs: 0,
  pattern: JSON.stringify({ source: [source] }),
  state: 'ENABLED',
  tags: {},
  targets: [{ id: 't', arn: 'arn:aws:sqs:us-east-1:000000000000:q' }],
});

async function house(context: TestContext, { rulesMax }: { readonly rulesMax?: number } = {}) {
  const { store } = await temporaryStore(context);
  const held = { listing: undefined as Promise<void> | undefined, lists: 0 };
  const resources: ResourceStore = {
    ...store.resources,
    async list(query) {
      held.lists += 1;
      const found = await store.resources.list(query);
      await held.listing;
      return found;
    },
  };
  const rules = new RuleRecords(resources);
  const log = new QuietLog();
  const live = new LiveBuses({
    buses: new BusRecords(resources),
    rules,
    archives: new ArchiveRecords(resources),
    destinations: new LiveDestinations(new DestinationRecords(resources)),
    log,
    ...(rulesMax === undefined ? {} : { rulesMax }),
  });
  /** As every change goes: the commit, then the word of it. */
  const put = async (name: string, record: RuleRecord) => {
    await store.resources.commit([rules.put(SCOPE, keyOf({ bus: BUS, rule: name }), record, 'any')]);
    await live.ruleChanged(SCOPE, { bus: BUS, rule: name }, record);
  };
  const remove = async (name: string) => {
    await store.resources.commit([
      { key: { scope: SCOPE, kind: 'event-rule', name: keyOf({ bus: BUS, rule: name }) }, expect: 'present', change: 'remove' },
    ]);
    await live.ruleChanged(SCOPE, { bus: BUS, rule: name }, undefined);
  };
  const matching = async (source: string) => (await live.find(SCOPE, BUS))?.index.matches({ source });
  return { store, rules, live, log, put, remove, matching, held };
}

test('a bus is loaded once, by the first event', async (context) => {
  const { put, matching, held } = await house(context);
  await put('a', rule('x'));
  assert.equal(held.lists, 0);
  assert.deepEqual(await Promise.all([matching('x'), matching('x'), matching('y')]), [['a'], ['a'], []]);
  const lists = held.lists;
  assert.deepEqual(await matching('x'), ['a']);
  assert.equal(held.lists, lists);
});

test('what changes while a bus is loaded is not lost, whatever the loading has read', async (context) => {
  const { put, remove, matching, held } = await house(context);
  await put('stays', rule('x'));
  await put('changes', rule('x'));
  await put('goes', rule('x'));
  const gate = Promise.withResolvers<void>();
  held.listing = gate.promise;
  const first = matching('x');
  const changes = [put('new', rule('x')), put('changes', rule('y')), remove('goes')];
  gate.resolve();
  await Promise.all([first, ...changes]);
  assert.deepEqual((await matching('x'))?.toSorted(), ['new', 'stays']);
  assert.deepEqual(await matching('y'), ['changes']);
});

test('a bus that was forgotten is read again, and one that is not there is not held', async (context) => {
  const { put, matching, live } = await house(context);
  await put('a', rule('x'));
  assert.deepEqual(await matching('x'), ['a']);
  live.forget(SCOPE, BUS);
  assert.deepEqual(await matching('x'), ['a']);
  assert.equal(await live.find(SCOPE, 'nowhere'), undefined);
});

test('rules that have no target, or are off, or cannot be read, match nothing and stop no other', async (context) => {
  const { put, matching, log } = await house(context);
  await put('good', rule('x'));
  await put('idle', { ...rule('x'), targets: [] });
  await put('off', { ...rule('x'), state: 'DISABLED' });
  await put('bad', { ...rule('x'), pattern: '{"source":' });
  assert.deepEqual(await matching('x'), ['good']);
  assert.equal(log.named('buses.unreadable-pattern').length, 1);
  await put('off', rule('x'));
  assert.deepEqual((await matching('x'))?.toSorted(), ['good', 'off']);
});

test('many rules are loaded a few in each turn, so that others have theirs', async (context) => {
  const { store, rules, matching, log } = await house(context);
  const unreadable = { ...rule('x'), pattern: '{"source":' };
  await store.resources.commit(
    Array.from({ length: 950 }, (_, place) => rules.put(SCOPE, keyOf({ bus: BUS, rule: `${place}` }), unreadable, 'any')),
  );
  let isOver = false;
  const counts: number[] = [];
  const look = () => {
    counts.push(log.named('buses.unreadable-pattern').length);
    if (!isOver) setImmediate(look);
  };
  look();
  await matching('x');
  isOver = true;
  const atOnce = counts.map((count, turn) => count - (counts[turn - 1] ?? 0));
  assert.equal(log.named('buses.unreadable-pattern').length, 950);
  assert.ok(Math.max(...atOnce) <= 100, `${Math.max(...atOnce)} in one turn`);
});

test('rules that come to a bus in memory count, and those of the bus that was used longest ago go', async (context) => {
  const { store, put, live, matching, held } = await house(context, { rulesMax: RULES_MAX });
  const buses = new BusRecords(store.resources);
  await store.resources.commit([buses.put(SCOPE, 'other', { createdAtMs: 0, modifiedAtMs: 0, tags: {} }, 'any')]);
  await live.find(SCOPE, 'other');
  assert.deepEqual(await matching('x'), []);
  const lists = held.lists;
  for (let place = 0; place < RULES_MAX; place += 1) await put(`rule-${place}`, rule('x'));
  await live.find(SCOPE, 'other');
  assert.equal(held.lists, lists, 'there is room for both');
  await live.find(SCOPE, BUS);
  await put('one-more', rule('x'));
  await live.find(SCOPE, 'other');
  assert.ok(held.lists > lists, 'the other was forgotten');
});
