// What happens when the disk or the database's thread lets the store down.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test, type TestContext } from 'node:test';
import { openSqliteStore, type StoreFailure } from '#store';
import { QuietLog } from '../support/quiet-log.ts';
import { freshScope } from './scopes.ts';

/** A mount of our own, seen by nobody else and gone with the process. */
const IN_OWN_MOUNTS = ['unshare', '--map-root-user', '--mount', 'sh', '-c'] as const;
const canMount = run([...IN_OWN_MOUNTS, 'mount -t tmpfs none /mnt']).status === 0;

const onSmallDisk = { skip: canMount ? false : 'this machine gives us no mount of our own' };

/** Runs it with a disk of 8 MiB at /mnt. */
function runOnSmallDisk(child: string): void {
  const script = 'mount -t tmpfs -o size=8m none /mnt && exec "$0" "$1" /mnt';
  const { status, stderr } = run([...IN_OWN_MOUNTS, script, process.execPath, join(import.meta.dirname, child)]);
  assert.equal(status, 0, stderr);
}

test(
  'a full disk fails what does not fit, loses nothing that was acknowledged, and is over when there is room again',
  onSmallDisk,
  () => {
    runOnSmallDisk('full-disk-child.ts');
  },
);

test('messages are refused while the disk is full, and all that were acknowledged arrive when there is room', onSmallDisk, () => {
  runOnSmallDisk('full-disk-events-child.ts');
});

test('when the thread of the database dies, every call rejects and the platform hears of it once', async (t) => {
  const folder = await temporaryFolder(t);
  const failures: StoreFailure[] = [];
  const log = new QuietLog();
  const store = await openSqliteStore({
    folder,
    log,
    workerUrl: pathToFileURL(join(import.meta.dirname, 'dying-worker.ts')),
    onFailure: (failure) => failures.push(failure),
  });
  const key = { scope: freshScope(), kind: 'function', name: 'a' };
  const calls = [store.resources.get(key), store.resources.list({ ...key, limit: 1 }), store.resources.get(key)];
  const outcomes = await Promise.allSettled(calls);
  for (const outcome of outcomes) {
    assert(outcome.status === 'rejected');
    assert.match(
      String(outcome.reason),
      /StoreFailure: The database's thread has ended .*Start Mayfly again; what was acknowledged is saved/,
    );
  }
  await assert.rejects(store.resources.get(key), { kind: 'lost' });
  assert.deepEqual(
    failures.map(({ kind }) => kind),
    ['lost'],
  );
  assert.equal(log.named('store.failed').length, 1);
  await store.close();
});

test('what an earlier process had claimed is claimed by the next at once, in its order', async (t) => {
  const folder = await temporaryFolder(t);
  const open = () => openSqliteStore({ folder, log: new QuietLog() });
  const deliveryAt = (dueAtMs: number) => ({
    id: `due-${dueAtMs}`,
    scope: freshScope(),
    lane: 'lane',
    target: 'target',
    payload: new Uint8Array(),
    attributes: null,
    acceptedAtMs: 0,
    dueAtMs,
  });
  const claim = { lane: 'lane', nowMs: 10, leaseMs: 100_000 };
  const first = await open();
  await first.deliveries.accept([deliveryAt(1), deliveryAt(2), deliveryAt(3)]);
  const [lost] = await first.deliveries.claimDue({ ...claim, limit: 1 });
  await first.close();
  const next = await open();
  t.after(() => next.close());
  const claimed = await next.deliveries.claimDue({ ...claim, limit: 10 });
  assert.deepEqual(
    claimed.map(({ id, attempt }) => `${id} ${attempt}`),
    ['due-1 2', 'due-2 1', 'due-3 1'],
  );
  assert.equal(await next.deliveries.settle('due-1', lost?.fence ?? 0), false);
});

test('a body that cannot be sent to the thread fails its own call, and the store goes on', async (t) => {
  const store = await openSqliteStore({ folder: await temporaryFolder(t), log: new QuietLog() });
  const key = { scope: freshScope(), kind: 'function', name: 'a' };
  const body = { handler: () => undefined } as unknown as string;
  await assert.rejects(store.resources.commit([{ key, expect: 'any', change: { put: body } }]), { name: 'DataCloneError' });
  assert.equal((await store.resources.commit([{ key, expect: 'any', change: { put: 'text' } }])).kind, 'committed');
  await store.close();
});

function run([command = '', ...args]: readonly string[]): { readonly status: number | null; readonly stderr: string } {
  return spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
}

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-failures-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}
