// What PublicationStore does: numbers only grow, a key is taken once within its window, and what follows is accepted with it or not at all.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scope } from '#kernel';
import type { NewDelivery, Publication, PublicationRequest } from '#store';
import { withStore, type OpenStore } from './contract.ts';
import { freshScope } from './scopes.ts';

let made = 0;

function delivery(scope: Scope, lane: string): NewDelivery {
  made += 1;
  const id = `publication-${made}`;
  return { id, scope, lane, target: 'somewhere', payload: Buffer.from(id), attributes: {}, acceptedAtMs: 0, dueAtMs: 0 };
}

export function publicationsContract(implementation: string, open: OpenStore): void {
  withStore(`ordered publications on ${implementation}`, open, (store) => {
    const publish = (
      request: Partial<PublicationRequest> & { readonly scope: Scope; readonly publications: readonly Publication[] },
    ) => store().publications.publish({ stream: 'orders.fifo', nowMs: 1000, knownUntilMs: 2000, ...request });
    const lengthOf = async (lane: string) => (await store().deliveries.backlog(lane)).get('somewhere') ?? 0;

    test('what is published is accepted with all that follows, and numbers the stream', async () => {
      const scope = freshScope();
      const lane = `lane-${scope.account}`;
      assert.equal(await store().publications.lastSequence(scope, 'orders.fifo'), 0);
      const result = await publish({
        scope,
        publications: [
          { key: 'a', id: 'one', sequence: 1, deliveries: [delivery(scope, lane), delivery(scope, lane)] },
          { key: 'b', id: 'two', sequence: 2, deliveries: [delivery(scope, lane)] },
        ],
      });
      assert.deepEqual(result, { kind: 'published', outcomes: [{ kind: 'accepted' }, { kind: 'accepted' }] });
      assert.equal(await lengthOf(lane), 3);
      assert.equal(await store().publications.lastSequence(scope, 'orders.fifo'), 2);
    });

    test('a key is known within its window, in the same request too, and is told what it is taken for', async () => {
      const scope = freshScope();
      const lane = `lane-${scope.account}`;
      const of = (key: string, id: string, sequence: number): Publication => ({
        key,
        id,
        sequence,
        deliveries: [delivery(scope, lane)],
      });
      assert.deepEqual(await publish({ scope, publications: [of('a', 'one', 1), of('a', 'two', 2)] }), {
        kind: 'published',
        outcomes: [{ kind: 'accepted' }, { kind: 'duplicate', id: 'one', sequence: 1 }],
      });
      const again = await publish({ scope, publications: [of('a', 'three', 3)], nowMs: 1999, knownUntilMs: 2999 });
      assert.deepEqual(again, { kind: 'published', outcomes: [{ kind: 'duplicate', id: 'one', sequence: 1 }] });
      assert.equal(await lengthOf(lane), 1);
      const later = await publish({ scope, publications: [of('a', 'four', 4)], nowMs: 2000, knownUntilMs: 3000 });
      assert.deepEqual(later, { kind: 'published', outcomes: [{ kind: 'accepted' }] });
      assert.equal(await lengthOf(lane), 2);
    });

    test('a key of one stream or scope is not that of another', async () => {
      const [one, other] = [freshScope(), freshScope()];
      const of = (scope: Scope): Publication => ({ key: 'a', id: 'x', sequence: 1, deliveries: [delivery(scope, 'apart')] });
      for (const request of [
        { scope: one, publications: [of(one)] },
        { scope: other, publications: [of(other)] },
        { scope: one, stream: 'others.fifo', publications: [of(one)] },
      ])
        assert.deepEqual(await publish(request), { kind: 'published', outcomes: [{ kind: 'accepted' }] });
    });

    test('a number that is not greater than the last changes nothing and is told the last', async () => {
      const scope = freshScope();
      const lane = `lane-${scope.account}`;
      await publish({ scope, publications: [{ key: 'a', id: 'one', sequence: 5, deliveries: [] }] });
      const result = await publish({
        scope,
        publications: [{ key: 'b', id: 'two', sequence: 5, deliveries: [delivery(scope, lane)] }],
      });
      assert.deepEqual(result, { kind: 'overtaken', last: 5 });
      assert.equal(await lengthOf(lane), 0);
      assert.deepEqual(await publish({ scope, publications: [{ key: 'b', id: 'two', sequence: 6, deliveries: [] }] }), {
        kind: 'published',
        outcomes: [{ kind: 'accepted' }],
      });
    });

    test('a stream that was forgotten knows no keys, and goes on with its numbers', async () => {
      const scope = freshScope();
      await publish({ scope, publications: [{ key: 'a', id: 'one', sequence: 1, deliveries: [] }] });
      await store().publications.forget(scope, 'orders.fifo');
      assert.equal(await store().publications.lastSequence(scope, 'orders.fifo'), 1);
      assert.deepEqual(await publish({ scope, publications: [{ key: 'a', id: 'two', sequence: 2, deliveries: [] }] }), {
        kind: 'published',
        outcomes: [{ kind: 'accepted' }],
      });
    });

    test('of many that race with the same key one is accepted, and the numbers have no two alike', async () => {
      const scope = freshScope();
      const lane = `lane-${scope.account}`;
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, place) =>
          publish({
            scope,
            publications: [{ key: 'same', id: `id-${place}`, sequence: place + 1, deliveries: [delivery(scope, lane)] }],
          }),
        ),
      );
      const outcomes = results.flatMap((result) => (result.kind === 'published' ? result.outcomes : []));
      assert.equal(outcomes.length, 20);
      assert.equal(outcomes.filter(({ kind }) => kind === 'accepted').length, 1);
      assert.equal(await lengthOf(lane), 1);
    });
  });
}
