// What every Blobs does: a content is there whole or not at all, under a name that is never given twice.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { buffer } from 'node:stream/consumers';
import * as fc from 'fast-check';
import type { Blobs } from '#store';
import { effort } from '../support/effort.ts';

export interface OpenedBlobs {
  readonly blobs: Blobs;
  /** Another process's view of the same blobs, opened after this one ended. */
  readonly reopen: () => Promise<Blobs>;
  readonly close: () => Promise<void>;
}

export function blobsContract(implementation: string, open: () => Promise<OpenedBlobs>): void {
  describe(`blobs on ${implementation}`, () => {
    let opened: OpenedBlobs;
    before(async () => {
      opened = await open();
    });
    after(() => opened.close());

    test('a content comes back whole and in ranges, however it was cut when it came', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 6 }),
          fc.nat(),
          fc.nat(),
          async (sizes, from, to) => {
            const content = contentOf(sizes.reduce((sum, size) => sum + size, 0));
            const { blob, bytes } = await put(opened.blobs, cut(content, sizes));
            assert.equal(bytes, content.byteLength);
            assert(content.equals(await buffer(await opened.blobs.read(blob))));
            const [start, end] = [from % (bytes + 1), to % (bytes + 1)];
            const part = await buffer(await opened.blobs.read(blob, { start, end: Math.max(start, end) }));
            assert(content.subarray(start, Math.max(start, end)).equals(part));
            assert(content.equals(await readFile(await opened.blobs.localPath(blob))));
          },
        ),
        { numRuns: effort(15, 200) },
      );
    });

    test('many at once are many blobs', async () => {
      const puts = await Promise.all(Array.from({ length: 100 }, (_, index) => put(opened.blobs, [Buffer.from(`blob ${index}`)])));
      assert.equal(new Set(puts.map(({ blob }) => blob)).size, 100);
      for (const [index, { blob }] of puts.entries()) {
        assert.equal((await buffer(await opened.blobs.read(blob))).toString(), `blob ${index}`);
      }
    });

    test('what is not there is ENOENT, and removing it is no error', async () => {
      const { blob } = await put(opened.blobs, [Buffer.from('short-lived')]);
      await opened.blobs.remove([blob, 'no such blob', '../../etc/passwd']);
      for (const name of [blob, 'no such blob', '../../etc/passwd', '']) {
        await assert.rejects(opened.blobs.read(name), { code: 'ENOENT' });
        await assert.rejects(opened.blobs.localPath(name), { code: 'ENOENT' });
      }
    });

    test('a range beyond the end ends at the end', async () => {
      const { blob } = await put(opened.blobs, [Buffer.from('abc')]);
      assert.equal((await buffer(await opened.blobs.read(blob, { start: 1, end: 99 }))).toString(), 'bc');
      assert.equal((await buffer(await opened.blobs.read(blob, { start: 7, end: 99 }))).toString(), '');
    });

    test('nothing is added after a commit or a discard, and a discard is always safe', async () => {
      const writer = await opened.blobs.create();
      await writer.write(Buffer.alloc(1_000_000));
      await writer.discard();
      await writer.discard();
      await assert.rejects(writer.write(Buffer.from('late')), /committed or discarded/);
      await assert.rejects(writer.commit(), /committed or discarded/);
      const committed = await opened.blobs.create();
      await committed.write(Buffer.from('early'));
      const { blob } = await committed.commit();
      await assert.rejects(committed.commit(), /committed or discarded/);
      await committed.discard();
      assert.equal((await buffer(await opened.blobs.read(blob))).toString(), 'early');
    });

    test('the next process lists what this one committed, in pages, and nothing else', async () => {
      const first = await open();
      const puts = await Promise.all(Array.from({ length: 10 }, (_, index) => put(first.blobs, [contentOf(index * 50_000)])));
      const abandoned = await first.blobs.create();
      await abandoned.write(Buffer.alloc(1_000_000));
      assert.deepEqual(await first.blobs.list(undefined, 100), [], 'what is being made is no leftover');
      await first.blobs.remove([puts[3]?.blob ?? '']);
      const next = await first.reopen();
      const listed = await pagesOf(next, 4);
      assert.deepEqual(new Set(listed), new Set(puts.filter((_, index) => index !== 3).map(({ blob }) => blob)));
      const { blob } = await put(next, [Buffer.from('new')]);
      assert(!listed.includes(blob));
      assert.equal((await next.list(undefined, 100)).length, 9);
      await first.close();
    });
  });
}

async function put(blobs: Blobs, chunks: readonly Uint8Array[]): Promise<{ readonly blob: string; readonly bytes: number }> {
  const writer = await blobs.create();
  for (const chunk of chunks) await writer.write(chunk);
  return writer.commit();
}

async function pagesOf(blobs: Blobs, limit: number): Promise<readonly string[]> {
  const all: string[] = [];
  for (;;) {
    const page = await blobs.list(all.at(-1), limit);
    all.push(...page);
    if (page.length < limit) return all;
  }
}

function contentOf(bytes: number): Buffer {
  const content = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += 1) content[at] = (at * 31 + (at >> 8)) & 0xff;
  return content;
}

function cut(content: Buffer, sizes: readonly number[]): readonly Buffer[] {
  let at = 0;
  return sizes.map((size) => content.subarray(at, (at += size)));
}
