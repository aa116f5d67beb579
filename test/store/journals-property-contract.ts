// Whatever is done with journals in whatever order, a JournalStore says what a model in a few maps says.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Scope } from '#kernel';
import type { JournalKind, JournalStep, JournalStore } from '#store';
import { effort } from '../support/effort.ts';
import { withStore, type OpenStore } from './contract.ts';
import { journalOf, page } from './journal-steps.ts';
import { modelOf, nextIdOf, stepModel, timersOf, type ModelJournal } from './journals-model.ts';
import { freshScope } from './scopes.ts';

export function journalsPropertyContract(implementation: string, open: OpenStore): void {
  withStore(`journals and their model on ${implementation}`, open, (store) => {
    const journals = (): JournalStore => store().journals;

    test('whatever is done in whatever order, journals say what was done', async () => {
      const property = fc.asyncProperty(fc.array(action, { maxLength: 40 }), (actions) => compare(journals(), actions));
      await fc.assert(property, { numRuns: effort(15, 300) });
    });
  });
}

const NAMES = ['a', 'b', 'c'] as const;
const name = fc.constantFrom(...NAMES);
const changes = fc.record({
  records: fc.array(fc.tuple(name, fc.boolean()), { maxLength: 3 }),
  timers: fc.array(fc.tuple(name, fc.boolean(), fc.nat(9)), { maxLength: 3 }),
  callbacks: fc.array(fc.tuple(name, fc.boolean(), fc.boolean()), { maxLength: 3 }),
  events: fc.nat(3),
  isBusy: fc.boolean(),
  status: fc.option(fc.constantFrom('RUNNING', 'FAILED', 'SUCCEEDED'), { nil: undefined, freq: 3 }),
});
const action = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('begin' as const), name, startedAtMs: fc.nat(5), changes }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('append' as const), name, isStale: fc.boolean(), changes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), name }) },
);
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;
type Changes = typeof changes extends fc.Arbitrary<infer Value> ? Value : never;

let bodies = 0;

function stepWith(
  { records, timers, callbacks, events, isBusy, status }: Changes,
  token: (of: string) => string,
  nextId: number,
): JournalStep {
  bodies += 1;
  return {
    head: `head ${bodies}`,
    isBusy,
    entries: events === 0 ? undefined : { firstId: nextId, count: events, body: `entries ${bodies}` },
    records: records.map(([key, isKept]) => ({ key, body: isKept ? `record ${bodies}` : undefined })),
    timers: timers.map(([id, isSet, dueAtMs]) => ({ id, dueAtMs: isSet ? dueAtMs : undefined })),
    callbacks: callbacks.map(([of, isPut, isQueued]) => ({
      token: token(of),
      put: isPut ? { taskId: `task ${bodies}`, queue: isQueued ? token('queue') : undefined } : undefined,
    })),
    status:
      status === undefined ? undefined : { status, endedAtMs: status === 'RUNNING' ? undefined : bodies, expiresAtMs: undefined },
  };
}

/** Plays the actions on a store and on a model, and compares what they say at the end. */
async function compare(journals: JournalStore, actions: readonly Action[]): Promise<void> {
  const scope = freshScope();
  const kind: JournalKind = 'execution';
  const models = new Map<string, ModelJournal>();
  const tokenOf = (journal: string) => (of: string) => `${of} of ${journal} ${scope.account}`;
  for (const each of actions) {
    const model = models.get(each.name);
    if (each.kind === 'remove') {
      assert.equal(await journals.remove(model?.number ?? -1), model !== undefined);
      models.delete(each.name);
    } else if (each.kind === 'append') {
      if (model === undefined) continue;
      const step = stepWith(each.changes, tokenOf(each.name), nextIdOf(model));
      assert.equal(await journals.append(model.number, model.revision - (each.isStale ? 1 : 0), step), !each.isStale);
      if (!each.isStale) stepModel(model, step);
    } else {
      const first = stepWith(each.changes, tokenOf(each.name), 1);
      const begun = journalOf({
        scope,
        kind,
        owner: 'owner',
        name: each.name,
        startedAtMs: each.startedAtMs,
        groups: ['group'],
        first,
      });
      const outcome = await journals.begin(begun);
      if (outcome.kind === 'exists') assert.equal(outcome.row.number, model?.number);
      else models.set(each.name, modelOf(outcome.number, begun));
      assert.equal(outcome.kind, model === undefined ? 'begun' : 'exists');
    }
  }
  await assertSame(journals, scope, [...models.values()], tokenOf);
}

async function assertSame(
  journals: JournalStore,
  scope: Scope,
  models: readonly ModelJournal[],
  tokenOf: (journal: string) => (of: string) => string,
): Promise<void> {
  const expected = models.toSorted((one, other) => one.begun.startedAtMs - other.begun.startedAtMs || one.number - other.number);
  const query = { scope, kind: 'execution', of: { owner: 'owner' }, order: 'oldest', limit: 100 } as const;
  const rows = await journals.list(query);
  assert.deepEqual(
    rows.map(({ number, status, endedAtMs }) => ({ number, status, endedAtMs })),
    expected.map(({ number, status }) => ({ number, status: status.status, endedAtMs: status.endedAtMs })),
  );
  assert.deepEqual(await journals.list({ ...query, of: { group: 'group' }, order: 'newest' }), rows.toReversed());
  for (const [status, all] of Map.groupBy(models, (model) => model.status.status))
    assert.equal((await journals.list({ ...query, of: { group: 'group' }, statuses: [status] })).length, all.length);
  const numbers = new Set(models.map(({ number }) => number));
  const timers = await journals.earliestTimers('execution', undefined, 10_000);
  assert.deepEqual(
    timers.filter(({ journal }) => numbers.has(journal)),
    timersOf(models),
  );
  const busy = await journals.busy('execution', 0, 10_000);
  assert.deepEqual(
    busy.filter((number) => numbers.has(number)),
    models
      .filter(({ isBusy }) => isBusy)
      .map(({ number }) => number)
      .toSorted((one, other) => one - other),
  );
  for (const model of models) {
    const opened = await journals.open(model.number);
    assert.deepEqual(
      [opened?.revision, opened?.head, opened?.records, opened?.timers],
      [model.revision, model.head, model.records, model.timers],
    );
    assert.deepEqual(await journals.entries(model.number, page()), model.entries);
    const token = tokenOf(model.begun.name);
    for (const each of NAMES) {
      const callback = model.callbacks.get(token(each));
      const found = callback && { journal: model.number, token: token(each), taskId: callback.taskId };
      assert.deepEqual(await journals.callback(token(each)), found);
    }
    const waiting = [...model.callbacks].filter(([, { queue }]) => queue !== undefined);
    assert.deepEqual(
      (await journals.queued(token('queue'), 100)).map((each) => each.token),
      waiting.toSorted(([, one], [, other]) => one.sequence - other.sequence).map(([each]) => each),
    );
  }
}
