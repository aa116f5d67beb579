// Nothing is acknowledged before its sync: the disk's thread is replaced by one that syncs, or fails, when it is told to.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { openSqliteStore, type NewDelivery, type Store, type StoreFailure } from '#store';
import { DATABASE_FILE } from '../../src/store/sqlite/folder.ts';
import type { FromDisk } from '../../src/store/sqlite/messages.ts';
import { Progress } from '../../src/store/sqlite/progress.ts';
import { DatabaseThread } from '../../src/store/sqlite/thread.ts';
import { QuietLog } from '../support/quiet-log.ts';
import { freshScope } from './scopes.ts';

const scope = freshScope();
const delivery: NewDelivery = {
  id: 'event',
  scope,
  lane: 'invoke',
  target: 'function',
  payload: Buffer.from('payload'),
  attributes: {},
  acceptedAtMs: 0,
  dueAtMs: 0,
};

test('a write, and a read that saw it, are answered when it is on the disk', async (t) => {
  const { store, sync, close } = await storeWithDisk(t);
  const seen: string[] = [];
  const accepted = store.deliveries.accept([delivery]).then(() => seen.push('accepted'));
  await committed(store);
  const read = store.deliveries.backlog('invoke').then((backlog) => seen.push(`read ${backlog.get('function')}`));
  const next = store.deliveries.accept([{ ...delivery, id: 'next' }]).then(() => seen.push('accepted next'));
  await committed(store);
  // The thread of the database has done all three: only the disk is missing.
  assert.deepEqual(seen, []);
  sync();
  await Promise.all([accepted, read, next]);
  assert.deepEqual(seen, ['accepted', 'read 1', 'accepted next']);
  await close();
});

test('a read with nothing to wait for waits for no disk', async (t) => {
  const { store, close } = await storeWithDisk(t);
  assert.equal(await store.resources.get({ scope, kind: 'function', name: 'a' }), undefined);
  await close();
});

test('a sync that fails ends the store: nobody is told that anything was saved', async (t) => {
  const failures: StoreFailure[] = [];
  const { store, fail } = await storeWithDisk(t, (failure) => failures.push(failure));
  const accepted = store.deliveries.accept([delivery]);
  void committed(store).then(fail);
  await assert.rejects(accepted, { name: 'StoreFailure', kind: 'io' });
  await assert.rejects(store.deliveries.backlog('invoke'), { kind: 'io' });
  assert.deepEqual(
    failures.map(({ kind }) => kind),
    ['io'],
  );
  await store.close();
});

test('what a killed process may not have synced is moved into the database before anybody sees it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-disk-'));
  t.after(() => rm(folder, { recursive: true }));
  const first = await openSqliteStore({ folder: join(folder, 'killed'), log: new QuietLog() });
  await first.deliveries.accept([{ ...delivery, payload: Buffer.from('a payload of its own') }]);
  // As a kill leaves it: with all that was committed in the log alone.
  await cp(join(folder, 'killed'), join(folder, 'left'), { recursive: true });
  await first.close();
  const database = join(folder, 'left', DATABASE_FILE);
  assert.equal((await readFile(database)).includes('a payload of its own'), false);
  const second = await openSqliteStore({ folder: join(folder, 'left'), log: new QuietLog() });
  assert.equal((await readFile(database)).includes('a payload of its own'), true);
  assert.equal(await second.deliveries.count('invoke', 10), 1);
  await second.close();
});

test('a thread of the disk that just ends is the end of the store, and not a wait for ever', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-disk-'));
  t.after(() => rm(folder, { recursive: true }));
  const diskWorkerUrl = new URL('data:text/javascript,');
  const opened = openSqliteStore({ folder, log: new QuietLog(), diskWorkerUrl });
  await assert.rejects(
    opened.then((store) => store.deliveries.accept([delivery])),
    { name: 'StoreFailure', kind: 'lost' },
  );
});

test('of what is refused nothing is kept', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-disk-'));
  t.after(() => rm(folder, { recursive: true }));
  const thread = new DatabaseThread({
    folder,
    workerUrl: new URL('../../src/store/sqlite/worker.ts', import.meta.url),
    diskWorkerUrl: new URL('../../src/store/sqlite/disk-worker.ts', import.meta.url),
    onTouched: () => undefined,
    onFailure: () => undefined,
  });
  await thread.opened();
  assert.notEqual(thread.hold(delivery.payload), delivery.payload);
  await thread.close();
  assert.equal(thread.hold(delivery.payload), delivery.payload);
});

test('a log that cannot be synced is an error of the disk, after which it is over', async () => {
  const progress = new Progress();
  const logPath = join(tmpdir(), 'mayfly-no-such-folder', 'log');
  const workerData = { logPath, progress: progress.shared };
  const worker = new Worker(new URL('../../src/store/sqlite/disk-worker.ts', import.meta.url), { workerData });
  const messages: FromDisk[] = [];
  worker.on('message', (message: FromDisk) => messages.push(message));
  progress.countWritten();
  await once(worker, 'exit');
  assert.equal(messages.length, 1);
  assert.equal(messages[0]?.kind === 'failed' && messages[0].failure.detail.kind, 'io');
  assert.equal(progress.awaitSynced(), false);
});

/** Something was committed since the last notice. */
function committed(store: Store): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = store.changed('deliveries', () => {
      unsubscribe();
      resolve();
    });
  });
}

interface StoreWithDisk {
  readonly store: Store;
  readonly sync: () => void;
  readonly fail: () => void;
  readonly close: () => Promise<void>;
}

async function storeWithDisk(t: TestContext, onFailure: (failure: StoreFailure) => void = () => undefined): Promise<StoreWithDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-disk-'));
  t.after(() => rm(folder, { recursive: true }));
  const orders = new BroadcastChannel(join(folder, `${DATABASE_FILE}-wal`));
  t.after(() => orders.close());
  const diskWorkerUrl = pathToFileURL(join(import.meta.dirname, 'disk-child-worker.ts'));
  const listening = new Promise((resolve) => orders.addEventListener('message', resolve, { once: true }));
  const store = await openSqliteStore({ folder, log: new QuietLog(), diskWorkerUrl, onFailure });
  await listening;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  const order = (word: 'sync' | 'fail' | 'end'): void => orders.postMessage(word);
  const close = async (): Promise<void> => {
    order('end');
    await store.close();
  };
  return { store, sync: () => order('sync'), fail: () => order('fail'), close };
}
