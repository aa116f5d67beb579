// Code trees appear in slots as links, complete, each slot with a tree of its own.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { FakeClock } from '../../../test/support/fake-clock.ts';
import { QuietLog } from '../../../test/support/quiet-log.ts';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import { linkTree } from './link-tree.ts';
import { SpareTrees } from './spare-trees.ts';

describe('code trees', () => {
  let root: string;
  let log: QuietLog;
  let spares: SpareTrees;
  let clock: FakeClock;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'mayfly-trees-'));
    log = new QuietLog();
    clock = new FakeClock();
    spares = new SpareTrees({ folder: join(root, 'spare'), clock, random: seededRandom(1), log });
  });
  afterEach(async () => {
    await spares.close();
    await rm(root, { recursive: true });
  });

  async function tree(name: string, files: Readonly<Record<string, string>>): Promise<string> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(root, name, path, '..'), { recursive: true });
      await writeFile(join(root, name, path), text);
    }
    return join(root, name);
  }

  async function spareFolders(): Promise<readonly string[]> {
    return readdir(join(root, 'spare'));
  }

  async function slot(name: string): Promise<string> {
    await mkdir(join(root, name));
    return join(root, name);
  }

  it('are links of the same files, and links of their own', async () => {
    const from = await tree('code', { 'index.js': 'x', 'deep/er/data': 'y' });
    await symlink('index.js', join(from, 'alias'));
    const to = await slot('slot');
    await spares.moveTo([from], to);
    assert.equal((await stat(join(to, 'index.js'))).ino, (await stat(join(from, 'index.js'))).ino);
    assert.equal(await readFile(join(to, 'deep/er/data'), 'utf8'), 'y');
    assert.equal(await readlink(join(to, 'alias')), 'index.js');
  });

  it('are made ahead after their first use, one for each, and handed out but once', async () => {
    const from = await tree('code', { 'index.js': 'x' });
    await spares.moveTo([from], await slot('one'));
    assert.deepEqual(await spareFolders(), [], 'not while the first is on its way');
    await clock.advance(100);
    await spares.moveTo([from], await slot('two'));
    await spares.moveTo([from], await slot('three'));
    for (const name of ['one', 'two', 'three']) assert.deepEqual(await readdir(join(root, name)), ['index.js']);
    await clock.advance(100);
    await spares.close();
    assert.deepEqual((await readdir(root)).sort(), ['code', 'one', 'three', 'two']);
  });

  it('are made before their first use where that is foreseen, and moved at once', async () => {
    const from = await tree('code', { 'deep/er/data': 'y' });
    const code = { codeTree: from, layerTrees: [] };
    await Promise.all([spares.expect(code), spares.expect(code)]);
    assert.equal((await spareFolders()).length, 1);
    assert.equal(spares.moveTo([from], await slot('one')), undefined, 'moved already');
    assert.equal(await readFile(join(root, 'one/deep/er/data'), 'utf8'), 'y');
    assert.deepEqual(await spareFolders(), []);
  });

  it('that are small and flat need nobody to foresee them, others are linked in the background', async () => {
    const flat = await tree('flat', { 'index.js': 'x', 'data.json': '{}' });
    assert.equal(spares.moveTo([flat], await slot('one')), undefined);
    assert.deepEqual((await readdir(join(root, 'one'))).sort(), ['data.json', 'index.js']);
    const deep = await tree('deep', { 'lib/index.js': 'x' });
    const moved = spares.moveTo([deep], await slot('two'));
    assert.ok(moved instanceof Promise);
    await moved;
    assert.equal(await readFile(join(root, 'two/lib/index.js'), 'utf8'), 'x');
  });

  it('of layers lie over each other, the later above, whatever they are made of', async () => {
    const first = await tree('first', { 'a/file': '1', b: 'file', 'c/inner': 'folder', d: '1' });
    const second = await tree('second', { 'a/file': '2', 'b/inner': 'folder now', c: 'file now' });
    const to = await slot('opt');
    await spares.moveTo([first, second], to);
    const texts = await Promise.all(['a/file', 'b/inner', 'c', 'd'].map((path) => readFile(join(to, path), 'utf8')));
    assert.deepEqual(texts, ['2', 'folder now', 'file now', '1']);
    assert.equal(await readFile(join(first, 'b'), 'utf8'), 'file', 'the layer itself is as it was');
  });

  it('that are deleted before they are used again are no error of the first use', async () => {
    const from = await tree('code', { 'index.js': 'x' });
    await spares.moveTo([from], await slot('one'));
    await rm(from, { recursive: true });
    await clock.advance(100);
    const to = await slot('two');
    await assert.rejects(async () => spares.moveTo([from], to), { code: 'ENOENT' });
    assert.equal(log.named('sandbox.spare-tree-failed').length, 1);
  });

  it('leave out what is not kept', async () => {
    const from = await tree('package', { 'index.js': 'x', 'index.d.ts': 'y', 'types/a': 'z' });
    await linkTree({ from, to: join(root, 'out'), keep: (path) => !path.endsWith('.d.ts') && path !== 'types' });
    assert.deepEqual(await readdir(join(root, 'out')), ['index.js']);
  });
});
