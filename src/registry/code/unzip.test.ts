// Zips of strangers: what is opened, what is refused, and that neither leaves anything where it should not.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import {
  array,
  assert as assertProperty,
  asyncProperty,
  constantFrom,
  dictionary,
  nat,
  record,
  stringMatching,
  uint8Array,
} from 'fast-check';
import type { CraftedArchive, CraftedEntry } from '../../../test/support/crafted-zip.ts';
import { craftZip } from '../../../test/support/crafted-zip.ts';
import { zipOf } from '../../../test/support/zip.ts';
import { RefusedArchive } from './archive-rules.ts';
import { removeTree } from './remove-tree.ts';
import { extractArchive, inspectArchive } from './unzip.ts';

const MiB = 1024 * 1024;

interface Place {
  readonly folder: string;
  readonly target: string;
  /** Inspects and extracts; what remains in the folder besides the archive is the tree or nothing. */
  readonly open: (archive: Uint8Array) => Promise<void>;
}

async function place(t: Pick<TestContext, 'after'>): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-unzip-'));
  const target = join(folder, 'tree');
  t.after(async () => {
    await removeTree(target);
    await rm(folder, { recursive: true });
  });
  return {
    folder,
    target,
    async open(archive) {
      const path = join(folder, 'archive.zip');
      await writeFile(path, archive);
      await inspectArchive(path);
      await extractArchive(path, target, join(folder, 'temporary'));
    },
  };
}

async function assertRefused(
  t: TestContext,
  entries: readonly CraftedEntry[],
  reason: RegExp,
  archive: CraftedArchive = {},
): Promise<void> {
  const { folder, open } = await place(t);
  await assert.rejects(open(craftZip(entries, archive)), (error) => {
    assert.ok(error instanceof RefusedArchive, String(error));
    assert.match(error.message, reason);
    return true;
  });
  assert.deepEqual(await readdir(folder), ['archive.zip']);
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8);

describe('what is opened', () => {
  it('files and folders arrive whole, read-only, executable where they were', async (t) => {
    const { target, open } = await place(t);
    await open(
      craftZip([
        { name: 'index.mjs', content: 'export const handler = 1;' },
        { name: 'bin/', mode: 0o040755 },
        { name: 'bin/tool', content: '#!/bin/sh\n', mode: 0o104755, method: 0 },
        { name: 'a/b/c/deep.txt', content: 'deep' },
        { name: 'empty', content: '' },
      ]),
    );
    assert.equal(await readFile(join(target, 'index.mjs'), 'utf8'), 'export const handler = 1;');
    assert.equal(await readFile(join(target, 'a/b/c/deep.txt'), 'utf8'), 'deep');
    assert.equal(await readFile(join(target, 'empty'), 'utf8'), '');
    assert.equal(await modeOf(join(target, 'index.mjs')), '444');
    assert.equal(await modeOf(join(target, 'bin/tool')), '555', 'set-user-id is gone, execution is kept');
    for (const folder of ['', 'bin', 'a', 'a/b', 'a/b/c']) assert.equal(await modeOf(join(target, folder)), '555');
  });

  it('archives of other tools open: "./" before names, folders named twice, a comment, bytes before the archive', async (t) => {
    const { target, open } = await place(t);
    const prefix = Buffer.from('#!/bin/sh\nexit\n');
    await open(
      craftZip(
        [
          { name: './', mode: 0o040755 },
          { name: './lib/', mode: 0o040755 },
          { name: 'lib/', mode: 0o040755 },
          { name: './lib/one.js', content: '1', mode: 0 },
          { name: 'größe.txt', content: 'ü' },
        ],
        { prefix, comment: Buffer.from('made by hand') },
      ),
    );
    assert.deepEqual((await readdir(target)).sort(), ['größe.txt', 'lib']);
    assert.deepEqual(await readdir(join(target, 'lib')), ['one.js']);
  });

  it('any set of plain names and contents comes back as it was', async () => {
    const name = stringMatching(/^[a-z][a-z0-9]{0,8}$/);
    const path = array(name, { minLength: 1, maxLength: 3 }).map((parts) => `d${parts.length}/${parts.join('/')}.js`);
    const files = dictionary(path, uint8Array({ maxLength: 2000 }), { minKeys: 1, maxKeys: 12, noNullPrototype: true });
    await assertProperty(
      asyncProperty(files, async (contents) => {
        const after: (() => Promise<void>)[] = [];
        const { target, open } = await place({ after: (clean) => void after.push(clean as () => Promise<void>) });
        try {
          await open(await zipOf(contents));
          for (const [file, content] of Object.entries(contents))
            assert.deepEqual(new Uint8Array(await readFile(join(target, file))), new Uint8Array(content));
        } finally {
          for (const clean of after) await clean();
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('names that are refused', () => {
  const names: readonly (readonly [string | Buffer, RegExp])[] = [
    ['../evil', /relative path|leaves the folder/],
    ['a/../../evil', /relative path|leaves the folder/],
    ['a/..', /relative path|leaves the folder/],
    ['/etc/passwd', /absolute/],
    ['C:/windows/evil', /absolute/],
    ['C:evil', /absolute/],
    ['a\\b', /invalid characters|backslash/],
    ['..\\evil', /invalid characters|backslash/],
    ['a\0b', /control character/],
    ['a\nb', /control character/],
    ['', /no name/],
    ['.', /no name/],
    ['x'.repeat(256), /more than 255 bytes/],
    [`${'long/'.repeat(250)}x`, /more than 1024 bytes/],
  ];
  for (const [name, reason] of names)
    it(JSON.stringify(String(name).slice(0, 30)), (t) =>
      assertRefused(
        t,
        [
          { name: 'ok.js', content: '1' },
          { name, content: 'x' },
        ],
        reason,
      ),
    );

  it('the same name twice', (t) =>
    assertRefused(
      t,
      [
        { name: 'a.js', content: '1' },
        { name: 'a.js', content: '2' },
      ],
      /"a.js" twice/,
    ));
  it('the same name under another spelling of the path', (t) =>
    assertRefused(
      t,
      [
        { name: 'a/b.js', content: '1' },
        { name: 'a/./b.js', content: '2' },
      ],
      /twice/,
    ));
  it('names that differ in case', (t) =>
    assertRefused(
      t,
      [
        { name: 'Index.js', content: '1' },
        { name: 'index.js', content: '2' },
      ],
      /both "Index.js" and "index.js"/,
    ));
  it('folders that differ in case', (t) =>
    assertRefused(
      t,
      [
        { name: 'Lib/a.js', content: '1' },
        { name: 'lib/b.js', content: '2' },
      ],
      /both "Lib" and "lib"/,
    ));
  it('names that differ in how an accent is written', (t) =>
    assertRefused(
      t,
      [
        { name: 'é.js', content: '1' },
        { name: 'e\u0301.js', content: '2' },
      ],
      /both/,
    ));
  it('a file where a folder is', (t) =>
    assertRefused(
      t,
      [
        { name: 'a/b', content: '1' },
        { name: 'a', content: '2' },
      ],
      /twice/,
    ));
  it('a folder below a file', (t) =>
    assertRefused(
      t,
      [
        { name: 'a', content: '1' },
        { name: 'a/b', content: '2' },
      ],
      /twice/,
    ));

  it('no name, however it is made up, is written outside the folder', async () => {
    const part = constantFrom('..', '.', '', 'a', 'b', '\\', 'C:', '~', '\u0000', '…', ' ');
    const name = array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
    await assertProperty(
      asyncProperty(array(name, { minLength: 1, maxLength: 4 }), async (hostile) => {
        const after: (() => Promise<void>)[] = [];
        const { folder, open } = await place({ after: (clean) => void after.push(clean as () => Promise<void>) });
        try {
          const opened = await open(craftZip(hostile.map((each) => ({ name: each, content: 'x' })))).then(
            () => true,
            (error: unknown) => {
              assert.ok(error instanceof RefusedArchive, String(error));
              return false;
            },
          );
          assert.deepEqual((await readdir(folder)).sort(), opened ? ['archive.zip', 'tree'] : ['archive.zip']);
        } finally {
          for (const clean of after) await clean();
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('entries that are refused', () => {
  const kinds = [
    ['a symbolic link', 0o120777, /symbolic link/],
    ['a character device', 0o020666, /no file and no folder/],
    ['a block device', 0o060666, /no file and no folder/],
    ['a pipe', 0o010666, /no file and no folder/],
    ['a socket', 0o140666, /no file and no folder/],
    ['a folder that is named like a file', 0o040755, /says that it is a folder/],
  ] as const;
  for (const [what, mode, reason] of kinds)
    it(what, (t) => assertRefused(t, [{ name: 'x', content: '/etc/passwd', mode }], reason));

  it('a file that is named like a folder', (t) =>
    assertRefused(t, [{ name: 'x/', content: '', mode: 0o100644, method: 0 }], /says that it is a file/));
  it('a folder with contents', (t) =>
    assertRefused(t, [{ name: 'x/', content: 'hidden', mode: 0o040755, method: 0 }], /contents of its own/));
  it('an encrypted entry', (t) => assertRefused(t, [{ name: 'x', content: 'x', flags: 0x0801 }], /encrypted/));
  it('an unknown compression', (t) => assertRefused(t, [{ name: 'x', content: 'x', method: 12 }], /compression method 12/));
  it('a wrong checksum', (t) => assertRefused(t, [{ name: 'x', content: 'x', statedCrc: 1 }], /checksum is wrong/));
  it('less content than stated', (t) => assertRefused(t, [{ name: 'x', content: 'x', statedSize: 2 }], /cannot be read/));
  it('more content than stated', (t) =>
    assertRefused(t, [{ name: 'x', content: 'x'.repeat(1000), statedSize: 10 }], /cannot be read/));
  it('broken compressed data', (t) =>
    assertRefused(t, [{ name: 'x', raw: Buffer.from('this is no deflate stream'), statedSize: 100 }], /cannot be read/));
  it('compressed data beyond the end of the archive', (t) =>
    assertRefused(t, [{ name: 'x', content: 'x', statedCompressedSize: 50_000 }], /overlap|cannot be read/));
});

describe('archives that are refused', () => {
  it('bytes that are no archive', async (t) => {
    const { open } = await place(t);
    await assert.rejects(open(Buffer.from('not a zip')), RefusedArchive);
    await assert.rejects(open(Buffer.alloc(0)), RefusedArchive);
  });

  it('an archive that was cut short', async (t) => {
    const { open } = await place(t);
    const whole = craftZip([{ name: 'a', content: 'x'.repeat(5000), method: 0 }]);
    await assert.rejects(open(whole.subarray(100)), RefusedArchive);
    await assert.rejects(open(whole.subarray(0, whole.length - 5)), RefusedArchive);
  });

  it('a bomb that says how large it is', (t) =>
    assertRefused(
      t,
      Array.from({ length: 5 }, (_, index) => ({
        name: `zeros${index}`,
        raw: deflateRawSync(Buffer.alloc(1000)),
        statedSize: 60 * MiB,
      })),
      /Unzipped size must be smaller than 262144000 bytes/,
    ));

  it('a bomb within the size that inflates beyond reason', (t) =>
    assertRefused(t, [{ name: 'zeros', content: Buffer.alloc(64 * MiB) }], /more than 200 times its size/));

  it('a bomb whose directory lies about its size', (t) =>
    assertRefused(t, [{ name: 'zeros', content: Buffer.alloc(64 * MiB), statedSize: 1000 }], /cannot be read/));

  it('entries that share their bytes', (t) => {
    const kernel: CraftedEntry = { name: 'kernel', content: Buffer.alloc(100_000, 'ab'), method: 0 };
    const shared = Array.from({ length: 20 }, (_, index): CraftedEntry => ({ ...kernel, name: `copy${index}`, sharesEntry: 0 }));
    return assertRefused(t, [kernel, ...shared], /overlap/);
  });

  it('more entries than allowed, by count and by the folders that names imply', async (t) => {
    const many = Array.from({ length: 50_001 }, (_, index): CraftedEntry => ({ name: `f${index}`, content: '', method: 0 }));
    await assertRefused(t, many, /holds 50001 entries/);
    const deep = Array.from({ length: 300 }, (_, index): CraftedEntry => ({
      name: `${`${index}/`.repeat(180)}f`,
      content: '',
      method: 0,
    }));
    await assertRefused(t, deep, /more than 50000 files and folders/);
  });
});

describe('a mutated archive', () => {
  it('is opened or refused, and never harms', async () => {
    const original = craftZip([
      { name: 'index.js', content: 'exports.handler = async () => 1;' },
      { name: 'lib/a.txt', content: 'a'.repeat(300) },
      { name: 'bin/run', content: '#!/bin/sh', mode: 0o100755, method: 0 },
    ]);
    const mutation = record({ at: nat(original.length - 1), to: nat(255) });
    await assertProperty(
      asyncProperty(array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
        const after: (() => Promise<void>)[] = [];
        const { folder, open } = await place({ after: (clean) => void after.push(clean as () => Promise<void>) });
        try {
          const archive = Buffer.from(original);
          for (const { at, to } of mutations) archive[at] = to;
          const opened = await open(archive).then(
            () => true,
            (error: unknown) => {
              assert.ok(error instanceof RefusedArchive, String(error));
              return false;
            },
          );
          assert.deepEqual((await readdir(folder)).sort(), opened ? ['archive.zip', 'tree'] : ['archive.zip']);
        } finally {
          for (const clean of after) await clean();
        }
      }),
      { numRuns: 150 },
    );
  });
});
