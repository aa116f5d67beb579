// Code caches are files of their own key, whole or not there.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { QuietLog } from '../../../test/support/quiet-log.ts';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import { CodeCaches } from './code-caches.ts';

describe('code caches', () => {
  let root: string;
  const log = new QuietLog();
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'mayfly-caches-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const open = (image = 'one') => CodeCaches.open({ folder: join(root, 'caches'), image, random: seededRandom(1), log });

  it('go to their own key and to no other', async () => {
    const caches = await open();
    await caches.keep('a', Buffer.from('cache of a'));
    assert.equal(caches.link('b', join(root, 'b')), false);
    assert.equal(caches.link('a', join(root, 'a')), true);
    assert.equal(await readFile(join(root, 'a'), 'utf8'), 'cache of a');
    caches.forget('a');
    assert.equal(caches.link('a', join(root, 'again')), false);
    assert.equal(await readFile(join(root, 'a'), 'utf8'), 'cache of a', 'a slot keeps what it has');
  });

  it('outlive the platform, but not its image, and never half-written', async () => {
    await (await open()).keep('a', Buffer.from('x'));
    await writeFile(join(root, 'caches/one/draft-0123'), 'half');
    assert.equal((await open()).has('a'), true);
    assert.equal((await readdir(join(root, 'caches/one'))).length, 1);
    assert.equal((await open('two')).has('a'), false);
    assert.deepEqual(await readdir(join(root, 'caches')), ['two']);
  });

  it('that somebody removed are not there any more', async () => {
    const caches = await open();
    await caches.keep('a', Buffer.from('x'));
    await rm(join(root, 'caches/one'), { recursive: true });
    assert.equal(caches.link('a', join(root, 'a')), false);
    assert.equal(caches.has('a'), false);
  });
});
