// Work folders lie outside the data folder, so they outlive it, until the next platform starts.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDataFolder } from '../../src/main/data-folder.ts';
import { freePort, startPlatform } from './platform-process.ts';

test('the work folder of a data folder that is gone is removed by the next platform; others stay', async (t) => {
  const [gone, kept, next] = ['gone', 'kept', 'next'].map((name) => mkdtempSync(join(tmpdir(), `mayfly-${name}-`)));
  assert.ok(gone !== undefined && kept !== undefined && next !== undefined);
  const works = [gone, kept, next].map((folder) => openDataFolder(folder).work);
  t.after(() => {
    for (const path of [gone, kept, next, ...works]) rmSync(path, { recursive: true, force: true });
  });
  for (const dataFolder of [gone, kept]) {
    const platform = await startPlatform(t, { dataFolder, port: await freePort() });
    assert.equal(await platform.stop(), 0);
  }
  assert.deepEqual(
    works.map((work) => existsSync(work)),
    [true, true, false],
  );

  rmSync(gone, { recursive: true });
  const platform = await startPlatform(t, { dataFolder: next, port: await freePort() });
  assert.deepEqual(
    works.map((work) => existsSync(work)),
    [false, true, true],
  );
  assert.equal(await platform.stop(), 0);
});
