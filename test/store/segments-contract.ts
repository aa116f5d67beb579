// What every Segments does: keeps records in order, whole, and readable at the place that it named.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { encodeFrame, readFrames, type Segments } from '#store';
import { effort } from '../support/effort.ts';

export interface OpenedSegments {
  readonly segments: Segments;
  readonly reopen: () => Promise<Segments>;
  readonly close: () => Promise<void>;
}

export function segmentsContract(implementation: string, open: (maxSegmentBytes: number) => Promise<OpenedSegments>): void {
  describe(`segments on ${implementation}`, () => {
    test('records are read where they were said to be, and never split', async () => {
      const record = fc.uint8Array({ minLength: 1, maxLength: 60 });
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(record, { maxLength: 4 }), { maxLength: 12 }), async (batches) => {
          const opened = await open(100);
          const places = batches.flatMap((records) =>
            opened.segments.append(records).map((position, index) => ({ position, record: records[index] })),
          );
          for (const { position, record } of places) {
            assert(record !== undefined);
            assert.deepEqual(new Uint8Array(await opened.segments.read(position, record.byteLength)), record);
          }
          for (const { segment, bytes } of await opened.segments.list()) {
            const inside = places.filter(({ position }) => position.segment === segment);
            assert.equal(
              bytes,
              inside.reduce((sum, { record }) => sum + (record?.byteLength ?? 0), 0),
            );
          }
          await opened.close();
        }),
        { numRuns: effort(15, 200) },
      );
    });

    test('segments are listed from the oldest, and all but the one being written can be removed', async () => {
      const { segments, close } = await open(10);
      for (const text of ['first record', 'second', 'third record']) segments.append([Buffer.from(text)]);
      const listed = await segments.list();
      assert.deepEqual(
        listed.map(({ bytes }) => bytes),
        [12, 6, 12],
      );
      const [oldest, , newest] = listed;
      assert(oldest !== undefined && newest !== undefined);
      await segments.remove(oldest.segment);
      assert.equal((await segments.list()).length, 2);
      await assert.rejects(segments.remove(newest.segment), /being written/);
      await assert.rejects(segments.read({ segment: oldest.segment, offset: 0 }, 5), { code: 'ENOENT' });
      await close();
    });

    test('the next process finds every record, and writes after them', async () => {
      const first = await open(1000);
      const [position] = first.segments.append([Buffer.from('before')]);
      const next = await first.reopen();
      const [later] = next.append([Buffer.from('after')]);
      assert(position !== undefined && later !== undefined && later.segment > position.segment);
      assert.equal(Buffer.from(await next.read(position, 6)).toString(), 'before');
      assert.deepEqual(
        (await next.list()).map(({ bytes }) => bytes),
        [6, 5],
      );
      await first.close();
    });

    test('reading past the end gives what is there', async () => {
      const { segments, close } = await open(1000);
      const [position] = segments.append([Buffer.from('abc')]);
      assert(position !== undefined);
      assert.equal((await segments.read(position, 100)).byteLength, 3);
      assert.equal((await segments.read({ ...position, offset: 50 }, 100)).byteLength, 0);
      await close();
    });

    test('frames are read in order, across blocks, from any of them on', async () => {
      const { segments, close } = await open(100 * 1024 * 1024);
      const records = [1, 10, 3_000_000, 5, 1_048_568, 1_048_569, 7, 2].map((bytes, index) => Buffer.alloc(bytes, index + 1));
      const places = segments.append(records.map(encodeFrame));
      const [{ segment, bytes } = { segment: '', bytes: 0 }] = await segments.list();
      const found: Buffer[] = [];
      for await (const frame of readFrames(segments, { segment, from: 0, to: bytes })) {
        assert.equal(frame.offset, places[found.length]?.offset);
        found.push(Buffer.from(frame.record));
      }
      assert(found.length === records.length && found.every((record, index) => records[index]?.equals(record)));
      const rest: number[] = [];
      for await (const { record } of readFrames(segments, { segment, from: places[5]?.offset ?? 0, to: bytes }))
        rest.push(record.byteLength);
      assert.deepEqual(rest, [1_048_569, 7, 2]);
      await close();
    });

    test('reading frames ends where the segment was torn, whatever the tear looks like', async () => {
      const frames = ['one', 'two', 'three'].map((text) => encodeFrame(Buffer.from(text)));
      const whole = Buffer.concat(frames);
      const tears: readonly (readonly [string, Buffer])[] = [
        ['cut in a header', whole.subarray(0, whole.length - 10)],
        ['cut in a record', whole.subarray(0, whole.length - 1)],
        ['zeros for data', Buffer.concat([whole.subarray(0, whole.length - 5), Buffer.alloc(5)])],
        ['zeros for all', Buffer.concat([whole.subarray(0, whole.length - 13), Buffer.alloc(4096)])],
        ['a length of garbage', Buffer.concat([whole.subarray(0, whole.length - 13), Buffer.alloc(13, 0xff)])],
      ];
      for (const [name, torn] of tears) {
        const { segments, close } = await open(100_000);
        segments.append([torn]);
        const [{ segment, bytes } = { segment: '', bytes: 0 }] = await segments.list();
        const found: string[] = [];
        for await (const { record } of readFrames(segments, { segment, from: 0, to: bytes }))
          found.push(Buffer.from(record).toString());
        assert.deepEqual(found, ['one', 'two'], name);
        await close();
      }
    });
  });
}
