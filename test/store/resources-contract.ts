// What every ResourceStore does: compare-and-set, all or nothing, revisions that only grow, names in byte order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Scope } from '#kernel';
import type { Expectation, Resource, ResourceChange, ResourceKey, ResourceStore } from '#store';
import { effort } from '../support/effort.ts';
import { withStore, type OpenStore } from './contract.ts';
import { byBytes, freshScope, TRICKY_NAMES } from './scopes.ts';

export function resourcesContract(implementation: string, open: OpenStore): void {
  withStore(`resources on ${implementation}`, open, (store) => {
    test('a body comes back as it was put', async () => {
      const key = keyIn(freshScope(), 'whole');
      const body = {
        text: 'é \u{1f600} \u0000 \ud800',
        numbers: [0, -1, 1.5, 2 ** 53 - 1],
        nothing: null,
        nested: { deep: [true, {}] },
      };
      await store().resources.commit([{ key, expect: 'absent', change: { put: body } }]);
      const found = await store().resources.get(key);
      assert.deepEqual(found?.body, body);
      assert.deepEqual(found?.key, key);
    });

    test('a conflict changes nothing, and says what was found', async () => {
      const scope = freshScope();
      const [first, second] = [keyIn(scope, 'first'), keyIn(scope, 'second')];
      await store().resources.commit([{ key: second, expect: 'absent', change: { put: 'old' } }]);
      const outcome = await store().resources.commit([
        { key: first, expect: 'absent', change: { put: 'new' } },
        { key: second, expect: 'absent', change: { put: 'new' } },
      ]);
      assert.equal(outcome.kind, 'conflict');
      assert.deepEqual(outcome.kind === 'conflict' && [outcome.key, outcome.found?.body], [second, 'old']);
      assert.equal(await store().resources.get(first), undefined);
    });

    test('of many who change the same revision at once, one wins', async () => {
      const key = keyIn(freshScope(), 'contended');
      const made = await store().resources.commit([{ key, expect: 'absent', change: { put: 0 } }]);
      const revision = made.kind === 'committed' ? (made.revisions[0] ?? 0) : 0;
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => store().resources.commit([{ key, expect: { revision }, change: { put: index } }])),
      );
      assert.equal(outcomes.filter((outcome) => outcome.kind === 'committed').length, 1);
      assert.equal(
        (await store().resources.get(key))?.body,
        outcomes.findIndex((outcome) => outcome.kind === 'committed'),
      );
    });

    test('a name that was removed and made again does not get an old revision', async () => {
      const key = keyIn(freshScope(), 'again');
      const first = await store().resources.commit([{ key, expect: 'absent', change: { put: 1 } }]);
      await store().resources.commit([{ key, expect: 'present', change: 'remove' }]);
      const second = await store().resources.commit([{ key, expect: 'absent', change: { put: 1 } }]);
      assert(first.kind === 'committed' && second.kind === 'committed');
      assert((second.revisions[0] ?? 0) > (first.revisions[0] ?? 0));
    });

    test('a resource is named once in a commit', async () => {
      const key = keyIn(freshScope(), 'twice');
      const change: ResourceChange = { key, expect: 'any', change: { put: 1 } };
      await assert.rejects(store().resources.commit([change, change]), /names a resource twice/);
      assert.equal(await store().resources.get(key), undefined);
    });

    test('a name that UTF-8 cannot write is refused', async () => {
      await assert.rejects(store().resources.get(keyIn(freshScope(), '\ud800')), /surrogate/);
    });

    test('does what a map and a sorted list do', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), (steps) => behavesLikeModel(store().resources, steps)),
        { numRuns: effort(40, 1000) },
      );
    });
  });
}

function keyIn(scope: Scope, name: string, kind = 'function'): ResourceKey {
  return { scope, kind, name };
}

const name = fc.constantFrom(...TRICKY_NAMES);
const kind = fc.constantFrom('function', 'alias');
const change = fc.record({
  name,
  kind,
  expect: fc.constantFrom('absent', 'present', 'any', 'current', 'stale'),
  change: fc.oneof(
    fc.constant('remove' as const),
    fc.constant('check' as const),
    fc.record({ put: fc.jsonValue({ maxDepth: 2 }) }),
  ),
});
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      changes: fc.uniqueArray(change, { minLength: 1, maxLength: 3, selector: (one) => `${one.kind} ${one.name}` }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      of: kind,
      prefix: fc.option(name, { nil: undefined }),
      after: fc.option(name, { nil: undefined }),
      limit: fc.integer({ min: 0, max: 6 }),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

async function behavesLikeModel(resources: ResourceStore, steps: readonly Step[]): Promise<void> {
  const scope = freshScope();
  const model = new Map<string, Resource>();
  let newest = 0;
  for (const step of steps) {
    if (step.kind === 'list') {
      const { prefix, after, limit } = step;
      const expected = [...model.values()]
        .filter(({ key }) => key.kind === step.of && key.name.startsWith(prefix ?? ''))
        .filter(({ key }) => after === undefined || byBytes(key.name, after) > 0)
        .sort((left, right) => byBytes(left.key.name, right.key.name))
        .slice(0, limit);
      assert.deepEqual(await resources.list({ scope, kind: step.of, prefix, after, limit }), expected);
      continue;
    }
    const changes = step.changes.map((one) => changeOf(scope, model, one));
    const before = changes.map(({ key }) => model.get(idOf(key)));
    const conflict = changes.findIndex(({ expect }, index) => !isMet(expect, before[index]));
    const outcome = await resources.commit(changes);
    if (conflict >= 0) {
      assert.deepEqual(outcome, { kind: 'conflict', key: changes[conflict]?.key, found: before[conflict] });
      continue;
    }
    assert(outcome.kind === 'committed');
    for (const [index, { key, change }] of changes.entries()) {
      const revision: number | undefined = outcome.revisions[index];
      assert(revision !== undefined);
      if (change === 'check') assert.equal(revision, before[index]?.revision ?? 0);
      else if (change === 'remove') {
        assert.equal(revision, 0);
        model.delete(idOf(key));
      } else {
        assert(revision > newest, 'revisions grow');
        newest = revision;
        model.set(idOf(key), { key, body: change.put, revision });
      }
    }
    for (const { key } of changes) assert.deepEqual(await resources.get(key), model.get(idOf(key)));
  }
}

function changeOf(scope: Scope, model: ReadonlyMap<string, Resource>, { name, kind, expect, change }: Change): ResourceChange {
  const key = keyIn(scope, name, kind);
  const found = model.get(idOf(key));
  // -0 is written as 0 in JSON.
  const body =
    change === 'remove' || change === 'check' ? change : { put: JSON.parse(JSON.stringify(change.put)) as Resource['body'] };
  if (expect === 'current') return { key, expect: { revision: found?.revision ?? 1 }, change: body };
  if (expect === 'stale') return { key, expect: { revision: (found?.revision ?? 1) - 1 }, change: body };
  return { key, expect, change: body };
}

function isMet(expect: Expectation, found: Resource | undefined): boolean {
  if (expect === 'any') return true;
  if (expect === 'absent') return found === undefined;
  if (expect === 'present') return found !== undefined;
  return found?.revision === expect.revision;
}

function idOf({ kind, name }: ResourceKey): string {
  return `${kind} ${name}`;
}
