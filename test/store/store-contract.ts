// What every Store does as a whole: notices of changes, and an orderly end.

import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { describe, test } from 'node:test';
import type { Store, Topic } from '#store';
import type { OpenStore } from './contract.ts';
import { freshScope } from './scopes.ts';

export function storeContract(implementation: string, open: OpenStore): void {
  describe(`the store on ${implementation}`, () => {
    test('whoever listens hears of changes to its topic, until it stops listening', async () => {
      const { store, close } = await open();
      const heard: string[] = [];
      const stop = store.changed('resources', () => heard.push('first'));
      store.changed('resources', () => heard.push('second'));
      store.changed('objects', () => heard.push('objects'));
      await noticed(store, 'resources', () => put(store, 'a'));
      assert.deepEqual(heard.splice(0), ['first', 'second']);
      stop();
      await noticed(store, 'resources', () => put(store, 'b'));
      assert.deepEqual(heard, ['second']);
      await close();
    });

    test('there is no notice when nothing changed, so that a listener who claims does not wake itself', async () => {
      const { store, close } = await open();
      const heard: Topic[] = [];
      for (const topic of ['resources', 'deliveries', 'timers', 'objects', 'logs', 'usage'] as const)
        store.changed(topic, () => heard.push(topic));
      await store.deliveries.claimDue({ lane: 'idle', nowMs: 0, leaseMs: 1, limit: 10 });
      await store.timers.claimDue({ lane: 'idle', nowMs: 0, leaseMs: 1, limit: 10 });
      await store.resources.commit([
        { key: { scope: freshScope(), kind: 'function', name: 'x' }, expect: 'present', change: 'remove' },
      ]);
      await store.objects.remove({ scope: freshScope(), bucket: 'x' }, [{ key: 'x', condition: { kind: 'none' }, deliveries: [] }]);
      await setImmediate();
      await setImmediate();
      assert.deepEqual(heard, []);
      await close();
    });

    test('close waits for what was asked for, and later calls reject', async () => {
      const { store, close } = await open();
      const scope = freshScope();
      const asked = Promise.all(['a', 'b', 'c'].map((name) => put(store, name, scope)));
      await close();
      assert.deepEqual(
        (await asked).map(({ kind }) => kind),
        ['committed', 'committed', 'committed'],
      );
      await assert.rejects(put(store, 'd', scope), { name: 'StoreFailure', kind: 'closed' });
    });
  });
}

function put(store: Store, name: string, scope = freshScope()): ReturnType<Store['resources']['commit']> {
  return store.resources.commit([{ key: { scope, kind: 'function', name }, expect: 'any', change: { put: name } }]);
}

async function noticed(store: Store, topic: Topic, change: () => Promise<unknown>): Promise<void> {
  const notice = Promise.withResolvers<undefined>();
  const stop = store.changed(topic, () => notice.resolve(undefined));
  await change();
  await notice.promise;
  stop();
}
