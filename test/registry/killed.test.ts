// kill -9 in the middle of deployments: what was answered is there, what was begun is finished, and nothing is left over.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { removeTree } from '../../src/registry/code/remove-tree.ts';
import type { TemporaryRegistry } from '../support/temporary-registry.ts';
import { openTemporaryRegistry, SCOPE } from '../support/temporary-registry.ts';

const CHILD = fileURLToPath(new URL('deploying-child.ts', import.meta.url));
/** How many answers each round waits for before it kills; then a moment that no answer marks. */
const ROUNDS = [1, 2, 5, 9, 14];

test('a platform that is killed while it deploys picks up where it was', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-killed-'));
  t.after(() => removeTree(folder));
  const expected = new Map<string, 'there' | 'gone'>();
  for (const answers of ROUNDS) {
    await deployAndKill(folder, answers, expected);
    const opened = await openTemporaryRegistry({ folder, keep: true });
    try {
      await opened.registry.idle();
      await assertWhole(opened, expected);
    } finally {
      await opened.close();
    }
  }
});

async function deployAndKill(folder: string, answers: number, expected: Map<string, 'there' | 'gone'>): Promise<void> {
  const child = spawn(process.execPath, [CHILD, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let left = answers;
  for await (const line of createInterface(child.stdout)) {
    const [what = '', name = ''] = line.split(' ');
    // A deletion that was not answered may have happened; so may a creation, which `assertWhole` looks at as well.
    if (what === 'created') expected.set(name, 'there');
    if (what === 'deleted') expected.set(name, 'gone');
    if (what !== 'ready' && --left === 0) setImmediate(() => child.kill('SIGKILL'));
  }
  await exited;
}

async function assertWhole(
  { registry, store, blobs, codeFolder }: TemporaryRegistry,
  expected: ReadonlyMap<string, string>,
): Promise<void> {
  const names = new Set<string>();
  const hashes = new Set<string>();
  for (let marker: string | undefined, first = true; first || marker !== undefined; first = false) {
    const page = await registry.functions.list(SCOPE, { Marker: marker }, { allVersions: true });
    for (const { record, version } of page.items) {
      names.add(record.name);
      hashes.add(version.code.hash);
      assert.deepEqual([version.state, version.lastUpdate], ['Active', 'Successful'], `${record.name}:${version.version}`);
    }
    marker = page.nextMarker;
  }
  for (const [name, state] of expected) {
    if (state === 'gone') assert.ok(!names.has(name), `${name} was deleted`);
    // It may have been deleted by a call whose answer never came.
    else if (!names.has(name)) assert.equal(Number(name.split('-').at(-1)) % 3, 2, `${name} was answered for`);
  }
  for (const name of names) await (await registry.resolve(SCOPE, { name: name as never })).codeTree();

  const platform = { account: 'platform', region: 'global' } as unknown as typeof SCOPE;
  const records = await store.resources.list({ scope: platform, kind: 'code', limit: 1000 });
  assert.deepEqual(new Set(records.map(({ key }) => key.name)), hashes, 'code is stored exactly as it is used');
  assert.deepEqual(new Set(await readdir(codeFolder)), hashes, 'opened exactly as it is used');
  assert.deepEqual(
    new Set(await blobs.list(undefined, 1000)),
    new Set(records.map(({ body }) => (body as { readonly blob: string }).blob)),
    'no archive is left over',
  );
  assert.deepEqual(await store.resources.list({ scope: platform, kind: 'function-settling', limit: 10 }), []);
}
