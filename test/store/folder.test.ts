// Who may open a data folder: one process at a time, and none that is too old for it.

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { openSqliteStore } from '#store';
import { QuietLog } from '../support/quiet-log.ts';

test('a second process is refused with the first one’s number, until the first is gone', async (t) => {
  const folder = await temporaryFolder(t);
  const holder = await startHolder(t, folder);
  await assert.rejects(open(folder), (error: Error) => {
    assert.match(
      error.message,
      new RegExp(`Another Mayfly has this data folder open: process ${holder.pid} .*Stop that one first`),
    );
    assert.equal('kind' in error && error.kind, 'inUse');
    return true;
  });
  assert.equal(holder.exitCode, null, 'the refused one does no harm');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const store = await open(folder);
  await store.close();
});

test('a second store in the same process is refused as well, and takes nothing from the first', async (t) => {
  const folder = await temporaryFolder(t);
  const first = await open(folder);
  await assert.rejects(open(folder), { kind: 'inUse' });
  // A lock that the refusal had loosened would let the other process in now.
  const holder = spawnHolder(t, folder);
  const [code] = (await once(holder, 'exit')) as [number];
  assert.equal(code, 1);
  await first.close();
});

test('a folder from a newer version is refused and left as it is', async (t) => {
  const folder = await temporaryFolder(t);
  await (await open(folder)).close();
  await writeFile(join(folder, 'format'), '{"format":999}\n');
  const before = await contentsOf(folder);
  await assert.rejects(open(folder), (error: Error) => {
    assert.match(error.message, /written by a newer Mayfly \(its format is 999, this one knows formats up to \d+\).*left as it is/);
    assert.equal('kind' in error && error.kind, 'newer');
    return true;
  });
  assert.deepEqual(await contentsOf(folder), before);
});

test('a newer database is refused even where the format file does not tell', async (t) => {
  const folder = await temporaryFolder(t);
  await (await open(folder)).close();
  const database = new DatabaseSync(join(folder, 'mayfly.sqlite'));
  database.exec('PRAGMA user_version = 999');
  database.close();
  await assert.rejects(open(folder), { kind: 'newer' });
});

test('a file that is no database is named, with what to do', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'mayfly.sqlite'), 'This is a letter, and no database at all. '.repeat(200));
  await assert.rejects(open(folder), { name: 'StoreFailure', kind: 'corrupt', message: /mayfly\.sqlite.*backup/ });
});

test('other users can read neither the database nor its log', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await open(folder);
  for (const name of await readdir(folder)) {
    assert.equal((await stat(join(folder, name))).mode & 0o077, 0, name);
  }
  await store.close();
});

function open(folder: string): ReturnType<typeof openSqliteStore> {
  return openSqliteStore({ folder, log: new QuietLog() });
}

async function startHolder(t: TestContext, folder: string): Promise<ChildProcess> {
  const holder = spawnHolder(t, folder);
  assert(holder.stdout !== null);
  const [said] = (await once(holder.stdout, 'data')) as [Buffer];
  assert.equal(said.toString(), 'open\n');
  return holder;
}

function spawnHolder(t: TestContext, folder: string): ChildProcess {
  const holder = spawn(process.execPath, [join(import.meta.dirname, 'holder-child.ts'), folder], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.after(() => holder.kill('SIGKILL'));
  return holder;
}

async function contentsOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(folder)).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, (await readFile(join(folder, name))).toString('hex')] as const)),
  );
}

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-folder-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}
