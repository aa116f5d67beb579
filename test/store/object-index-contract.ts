// What every ObjectIndex does: an object is there entirely or not at all, keys are listed in byte order, and whatever nothing
// points at any more comes back as an orphan, once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { BucketRef, NewDelivery, ObjectEntry, ObjectIndex, ObjectPage, PutOutcome, Store } from '#store';
import { effort } from '../support/effort.ts';
import { withStore, type OpenStore } from './contract.ts';
import { ObjectModel } from './object-model.ts';
import { freshScope, TRICKY_NAMES } from './scopes.ts';

export function objectIndexContract(implementation: string, open: OpenStore): void {
  withStore(`objects on ${implementation}`, open, (store) => {
    test('an object comes back as it was put', async () => {
      const bucket = await freshBucket(store());
      const entry = entryOf('ключ/\u{1f600}', ['one', 'two'], { attributes: { metadata: { a: 'é' } } });
      assert.deepEqual(await store().objects.put(bucket, entry, { kind: 'none' }, []), { kind: 'put', orphans: [] });
      assert.deepEqual(await store().objects.get(bucket, entry.key), entry);
    });

    test('nothing is put into, or listed from, a bucket that is not there', async () => {
      const bucket = { scope: freshScope(), bucket: 'nowhere' };
      const entry = entryOf('key', []);
      assert.deepEqual(await store().objects.put(bucket, entry, { kind: 'none' }, []), { kind: 'noBucket' });
      assert.deepEqual(await store().objects.list({ ...bucket, limit: 10 }), { entries: [], commonPrefixes: [], next: undefined });
      assert.equal(
        await store().objects.createUpload({ ...bucket, key: 'k', uploadId: 'u', startedAtMs: 0, attributes: null }),
        'noBucket',
      );
      assert.equal(await store().objects.get(bucket, 'key'), undefined);
      assert.equal(await store().objects.setAttributes(bucket, entry, null, []), false);
    });

    test('a bucket is made once, changed by revision, and removed when it is empty', async () => {
      const { objects } = store();
      const bucket = await freshBucket(store());
      assert.equal(await objects.createBucket(bucket, {}, 5), false);
      const row = await objects.getBucket(bucket);
      assert(row !== undefined);
      assert.equal(await objects.setBucketAttributes(bucket, row.revision, { cors: [] }), true);
      assert.equal(await objects.setBucketAttributes(bucket, row.revision, { cors: ['late'] }), false);
      assert.deepEqual((await objects.getBucket(bucket))?.attributes, { cors: [] });
      await objects.put(bucket, entryOf('key', []), { kind: 'none' }, []);
      assert.equal(await objects.removeBucket(bucket), 'notEmpty');
      await objects.remove(bucket, [{ key: 'key', condition: { kind: 'none' }, deliveries: [] }]);
      assert.equal(await objects.removeBucket(bucket), 'removed');
      assert.equal(await objects.removeBucket(bucket), 'noBucket');
    });

    test('unfinished uploads end with their bucket, and the blobs of their parts are let go', async () => {
      const { objects } = store();
      const bucket = await freshBucket(store());
      const upload = { ...bucket, key: 'key', uploadId: 'upload' };
      await objects.createUpload({ ...upload, startedAtMs: 0, attributes: null });
      await objects.putPart(upload, partOf(1, 'unfinished'));
      assert.equal(await objects.removeBucket(bucket), 'removed');
      assert.deepEqual(await objects.referenced(['unfinished']), new Set());
      await objects.createBucket(bucket, {}, 0);
      assert.equal(await objects.getUpload(upload), undefined);
    });

    test('buckets are listed by name, in pages', async () => {
      const scope = freshScope();
      for (const bucket of ['c', 'a', 'b', 'other']) await store().objects.createBucket({ scope, bucket }, {}, 1);
      const first = await store().objects.listBuckets(scope, { limit: 2 });
      const second = await store().objects.listBuckets(scope, { limit: 5, after: 'b', prefix: 'c' });
      assert.deepEqual(
        [first, second].map((page) => page.map(({ bucket }) => bucket)),
        [['a', 'b'], ['c']],
      );
    });

    test('deliveries are accepted with the change that they tell of, and not without it', async () => {
      const { objects, deliveries } = store();
      const bucket = await freshBucket(store());
      const lane = `notifications of ${bucket.bucket}`;
      const common = { scope: bucket.scope, lane, payload: new Uint8Array(), attributes: null, acceptedAtMs: 0, dueAtMs: 0 };
      const notice = (id: string): NewDelivery => ({ ...common, id: `${lane} ${id}`, target: id });
      const entry = entryOf('key', []);
      await objects.put(bucket, entry, { kind: 'none' }, [notice('put')]);
      await objects.put(bucket, entry, { kind: 'absent' }, [notice('not put')]);
      await objects.setAttributes(bucket, entry, { tags: [] }, [notice('tagged')]);
      await objects.setAttributes(bucket, { ...entry, etag: 'other' }, {}, [notice('not tagged')]);
      await objects.remove(bucket, [
        { key: 'not there', condition: { kind: 'none' }, deliveries: [notice('not removed')] },
        { key: 'key', condition: { kind: 'none' }, deliveries: [notice('removed')] },
      ]);
      assert.deepEqual([...(await deliveries.backlog(lane)).keys()].sort(compare), ['put', 'removed', 'tagged']);
    });

    test('a listing passes over what lies under a common prefix', async () => {
      const bucket = await freshBucket(store());
      const keys = Array.from({ length: 300 }, (_, index) => `${index % 3}/${index}`);
      await Promise.all(keys.map((key) => store().objects.put(bucket, entryOf(key, []), { kind: 'none' }, [])));
      const page = await store().objects.list({ ...bucket, delimiter: '/', limit: 2 });
      assert.deepEqual(page, { entries: [], commonPrefixes: ['0/', '1/'], next: '1/' });
      const rest = await store().objects.list({ ...bucket, delimiter: '/', limit: 2, after: page.next });
      assert.deepEqual(rest, { entries: [], commonPrefixes: ['2/'], next: undefined });
    });

    test('a part that was replaced meanwhile cannot become part of an object', async () => {
      const { objects } = store();
      const bucket = await freshBucket(store());
      const upload = { ...bucket, key: 'key', uploadId: 'upload' };
      await objects.createUpload({ ...upload, startedAtMs: 0, attributes: null });
      await objects.putPart(upload, partOf(1, `${bucket.bucket} early`));
      const replaced = await objects.putPart(upload, partOf(1, `${bucket.bucket} late`));
      assert.deepEqual(replaced, { kind: 'put', orphans: [`${bucket.bucket} early`] });
      const entry = entryOf('key', [`${bucket.bucket} early`]);
      assert.deepEqual(await objects.completeUpload(upload, entry, { kind: 'none' }, []), { kind: 'noPart' });
      assert.equal(await objects.get(bucket, 'key'), undefined);
      assert.equal((await objects.listParts(upload, { limit: 10 })).length, 1);
    });

    test('uploads are listed by key and id, in pages that may end between two of one key', async () => {
      const { objects } = store();
      const bucket = await freshBucket(store());
      for (const [key, uploadId] of [
        ['b', '1'],
        ['a', '2'],
        ['a', '1'],
        ['c/x', '1'],
        ['c/y', '1'],
        ['a', '3'],
      ] as const) {
        await objects.createUpload({ ...bucket, key, uploadId, startedAtMs: 7, attributes: null });
      }
      const first = await objects.listUploads({ ...bucket, delimiter: '/', limit: 2 });
      assert.deepEqual([first.uploads.map(nameOf), first.commonPrefixes, first.truncated], [['a 1', 'a 2'], [], true]);
      const second = await objects.listUploads({ ...bucket, delimiter: '/', after: 'a', afterUploadId: '2', limit: 2 });
      assert.deepEqual([second.uploads.map(nameOf), second.truncated], [['a 3', 'b 1'], true]);
      const third = await objects.listUploads({ ...bucket, delimiter: '/', after: 'b', afterUploadId: '1', limit: 2 });
      assert.deepEqual([third.uploads, third.commonPrefixes, third.truncated], [[], ['c/'], false]);
      const withoutId = await objects.listUploads({ ...bucket, after: 'a', limit: 10 });
      assert.deepEqual(withoutId.uploads.map(nameOf), ['b 1', 'c/x 1', 'c/y 1']);
    });

    test('parts are listed by number, in pages', async () => {
      const { objects } = store();
      const bucket = await freshBucket(store());
      const upload = { ...bucket, key: 'key', uploadId: 'upload' };
      await objects.createUpload({ ...upload, startedAtMs: 0, attributes: { type: 'image/png' } });
      for (const number of [3, 1, 10]) await objects.putPart(upload, partOf(number, `${bucket.bucket} ${number}`));
      assert.deepEqual(await objects.listParts(upload, { after: 1, limit: 1 }), [partOf(3, `${bucket.bucket} 3`)]);
      assert.deepEqual(await objects.getUpload(upload), { ...upload, startedAtMs: 0, attributes: { type: 'image/png' } });
    });

    test('does what maps and a sorted list do', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) => behavesLikeModel(store(), steps)),
        { numRuns: effort(60, 2000) },
      );
    });

    test('pages put together are the whole list', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(key, { maxLength: 16 }),
          query,
          fc.integer({ min: 1, max: 3 }),
          async (keys, asked, limit) => {
            const bucket = await freshBucket(store());
            for (const one of keys) await store().objects.put(bucket, entryOf(one, []), { kind: 'none' }, []);
            const whole = await store().objects.list({ ...bucket, ...asked, limit: 100 });
            const pages = await pagesOf(store().objects, bucket, { ...asked, limit });
            assert.deepEqual(
              pages.flatMap(({ entries }) => entries),
              whole.entries,
            );
            assert.deepEqual(
              pages.flatMap(({ commonPrefixes }) => commonPrefixes),
              whole.commonPrefixes,
            );
          },
        ),
        { numRuns: effort(40, 1000) },
      );
    });
  });
}

let buckets = 0;

async function freshBucket(store: Store): Promise<BucketRef> {
  buckets += 1;
  const bucket = { scope: freshScope(), bucket: `bucket-${buckets}` };
  assert.equal(await store.objects.createBucket(bucket, {}, 1), true);
  return bucket;
}

function entryOf(key: string, blobs: readonly string[], changed: Partial<ObjectEntry> = {}): ObjectEntry {
  const spans = blobs.map((blob) => ({ blob, bytes: 3 }));
  return {
    key,
    blobs: spans,
    bytes: 3 * blobs.length,
    etag: 'etag',
    lastModifiedMs: 1_800_000_000_000,
    attributes: null,
    ...changed,
  };
}

function partOf(number: number, blob: string): Parameters<ObjectIndex['putPart']>[1] {
  return { number, blob: { blob, bytes: 3 }, etag: `etag of ${blob}`, lastModifiedMs: 1, attributes: null };
}

function nameOf({ key, uploadId }: { readonly key: string; readonly uploadId: string }): string {
  return `${key} ${uploadId}`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : 1;
}

const key = fc.oneof(
  fc.constantFrom<string[]>(...TRICKY_NAMES),
  fc
    .array(fc.constantFrom<string[]>('a', 'b', '/', '//', '\u{1f600}', '\u{ffff}', '\u{10ffff}'), { maxLength: 4 })
    .map((parts) => parts.join('')),
);
const query = fc.record({
  prefix: fc.option(key, { nil: undefined }),
  after: fc.option(key, { nil: undefined }),
  delimiter: fc.option(fc.constantFrom<string[]>('/', '//', 'a', '\u{1f600}', ''), { nil: undefined }),
});
const blob = fc.integer({ min: 0, max: 5 }).map((number) => `shared-${number}`);
const condition = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'none' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'absent' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('etag' as const), etag: fc.constantFrom<string[]>('one', 'two') }) },
);
const uploadId = fc.constantFrom<string[]>('upload-1', 'upload-2');
const partNumber = fc.integer({ min: 1, max: 3 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      key,
      blobs: fc.array(blob, { maxLength: 2 }),
      etag: fc.constantFrom<string[]>('one', 'two'),
      condition,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), key, condition }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('list' as const), query, limit: fc.integer({ min: 0, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('begin' as const), uploadId }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('part' as const), uploadId, number: partNumber, blob }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('complete' as const), uploadId, numbers: fc.uniqueArray(partNumber), condition }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('abort' as const), uploadId }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

async function behavesLikeModel(store: Store, steps: readonly Step[]): Promise<void> {
  const run = new ModelRun(store, await freshBucket(store));
  for (const step of steps) await run.take(step);
  await run.end();
}

/** One sequence of steps, on the index and on the model. */
class ModelRun {
  readonly #objects: ObjectIndex;
  readonly #bucket: BucketRef;
  readonly #model = new ObjectModel();
  #uploads = 0;
  readonly #uploadIds = new Map<string, string>();

  constructor(store: Store, bucket: BucketRef) {
    this.#objects = store.objects;
    this.#bucket = bucket;
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'put': {
        const entry = entryOf(
          step.key,
          step.blobs.map((blob) => this.#own(blob)),
          { etag: step.etag },
        );
        sameOutcome(await this.#objects.put(this.#bucket, entry, step.condition, []), this.#model.put(entry, step.condition));
        return assert.deepEqual(await this.#objects.get(this.#bucket, step.key), this.#model.objects.get(step.key));
      }
      case 'remove': {
        const outcome = await this.#objects.remove(this.#bucket, [{ key: step.key, condition: step.condition, deliveries: [] }]);
        const expected = this.#model.remove(step.key, step.condition);
        assert.deepEqual(outcome.removed, expected.removed);
        return assert.deepEqual(new Set(outcome.orphans), new Set(expected.orphans));
      }
      case 'list': {
        const asked = { ...step.query, limit: step.limit };
        return assert.deepEqual(await this.#objects.list({ ...this.#bucket, ...asked }), this.#model.list(asked));
      }
      case 'begin':
        return this.#begin(step.uploadId);
      case 'part': {
        const part = partOf(step.number, this.#own(step.blob));
        return sameOutcome(
          await this.#objects.putPart(this.#upload(step.uploadId), part),
          this.#model.putPart(this.#id(step.uploadId), part),
        );
      }
      case 'complete':
        return this.#complete(step);
      case 'abort': {
        const orphans = await this.#objects.abortUpload(this.#upload(step.uploadId));
        const expected = this.#model.abort(this.#id(step.uploadId));
        return assert.deepEqual(orphans && new Set(orphans), expected && new Set(expected));
      }
      default:
        step satisfies never;
    }
  }

  async end(): Promise<void> {
    const blobs = Array.from({ length: 6 }, (_, number) => this.#own(`shared-${number}`));
    assert.deepEqual(await this.#objects.referenced(blobs), this.#model.referenced());
  }

  async #begin(name: string): Promise<void> {
    if (this.#model.uploads.has(this.#id(name))) return;
    this.#uploads += 1;
    this.#uploadIds.set(name, `${name}-${this.#uploads}`);
    this.#model.uploads.set(this.#id(name), { key: name, parts: new Map() });
    assert.equal(await this.#objects.createUpload({ ...this.#upload(name), startedAtMs: 1, attributes: null }), 'created');
  }

  async #complete({ uploadId, numbers, condition }: Extract<Step, { readonly kind: 'complete' }>): Promise<void> {
    const parts = this.#model.uploads.get(this.#id(uploadId))?.parts;
    const entry = entryOf(
      uploadId,
      numbers.map((number) => parts?.get(number)?.blob.blob ?? this.#own('shared-0')),
      { etag: 'one' },
    );
    const outcome = await this.#objects.completeUpload(this.#upload(uploadId), entry, condition, []);
    sameOutcome(outcome, this.#model.complete(this.#id(uploadId), entry, condition));
  }

  #id(name: string): string {
    return this.#uploadIds.get(name) ?? 'never begun';
  }

  #upload(name: string): BucketRef & { readonly key: string; readonly uploadId: string } {
    return { ...this.#bucket, key: name, uploadId: this.#id(name) };
  }

  /** Names of blobs are shared within a run and not between runs. */
  #own(blob: string): string {
    return `${this.#bucket.bucket} ${blob}`;
  }
}

/** Orphans in any order. */
function sameOutcome(outcome: PutOutcome, expected: PutOutcome): void {
  if (outcome.kind !== 'put' || expected.kind !== 'put') return assert.deepEqual(outcome, expected);
  assert.equal(outcome.orphans.length, expected.orphans.length);
  assert.deepEqual(new Set(outcome.orphans), new Set(expected.orphans));
}

async function pagesOf(
  objects: ObjectIndex,
  bucket: BucketRef,
  asked: { readonly prefix?: string; readonly after?: string; readonly delimiter?: string; readonly limit: number },
): Promise<readonly ObjectPage[]> {
  const pages: ObjectPage[] = [];
  let after = asked.after;
  do {
    const page = await objects.list({ ...bucket, ...asked, after });
    assert(page.entries.length + page.commonPrefixes.length <= asked.limit);
    pages.push(page);
    after = page.next;
  } while (after !== undefined);
  return pages;
}
