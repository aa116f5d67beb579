// Objects on a real store: there entirely or not at all, told of in the same step, and readable to the end by whoever began.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ApiError } from '#kernel';
import { actor, arriving, bucketsHouse, bytesOf, contentOf, plain, scope } from '../../test/support/buckets-house.ts';

const box = { scope, bucket: 'box' };
const refusal = (code: string) => (error: unknown) => error instanceof ApiError && error.code === code;
const KiB = 1024;
/** Larger than what a row holds. */
const large = (text: string) => text.repeat(3 * KiB);

test('what was put is read, and an overwrite leaves one blob', async (t) => {
  const house = await bucketsHouse(t);
  await house.put('a', large('first'));
  const { etag } = await house.put('a', large('second'));
  assert.equal(etag, createHash('md5').update(large('second')).digest('hex'));
  assert.equal(await house.text('a'), large('second'));
  await house.buckets.close();
  assert.equal(house.files().length, 1);
});

test('a small object lies in its row, whole and in part', async (t) => {
  const house = await bucketsHouse(t);
  await house.put('a', '0123456789');
  assert.equal(await house.text('a'), '0123456789');
  const { body } = await house.buckets.openObject({ ...box, key: 'a', conditions: {}, range: 'bytes=3-5' });
  assert.equal((await bytesOf(body)).toString(), '345');
  await house.put('a', large('now a blob'));
  assert.equal(await house.text('a'), large('now a blob'));
  await house.put('a', 'small again');
  assert.equal(await house.text('a'), 'small again');
  await house.buckets.close();
  assert.deepEqual(house.files(), []);
});

test('an empty object needs no blob', async (t) => {
  const house = await bucketsHouse(t);
  const { etag, bytes } = await house.put('empty', '');
  assert.deepEqual({ etag, bytes }, { etag: 'd41d8cd98f00b204e9800998ecf8427e', bytes: 0 });
  assert.equal(await house.text('empty'), '');
  assert.deepEqual(house.files(), []);
});

test('a body that breaks off, is too short, too long or not what was announced leaves nothing', async (t) => {
  const house = await bucketsHouse(t);
  const chunk = Buffer.alloc(300 * KiB, 1);
  const gone = new Error('the sender is gone');
  const bodies = [
    { content: { body: arriving([chunk, chunk], gone), bytes: 900 * KiB }, expected: (error: unknown) => error === gone },
    { content: { body: arriving([chunk]), bytes: 301 * KiB }, expected: refusal('IncompleteBody') },
    { content: { body: arriving([chunk, chunk]), bytes: 300 * KiB }, expected: refusal('IncompleteBody') },
    { content: { ...contentOf('x'), md5: Buffer.alloc(16).toString('base64') }, expected: refusal('BadDigest') },
    { content: { ...contentOf(large('x')), md5: Buffer.alloc(16).toString('base64') }, expected: refusal('BadDigest') },
    {
      content: { ...contentOf('x'), checksum: { algorithm: 'CRC32' as const, value: 'AAAAAA==' } },
      expected: refusal('BadDigest'),
    },
  ];
  for (const { content, expected } of bodies)
    await assert.rejects(
      house.buckets.putObject({ ...box, key: 'a', content, description: plain, condition: { kind: 'none' }, actor }),
      expected,
    );
  await assert.rejects(house.text('a'), refusal('NoSuchKey'));
  assert.deepEqual(house.files(), []);
  assert.deepEqual(house.changes, []);
});

test('a put whose condition fails leaves the object, no blob and no delivery', async (t) => {
  const house = await bucketsHouse(t);
  const { etag } = await house.put('a', large('one'));
  const put = (condition: Parameters<typeof house.buckets.putObject>[0]['condition'], key = 'a') =>
    house.buckets.putObject({ ...box, key, content: contentOf(large('two')), description: plain, condition, actor });
  await assert.rejects(put({ kind: 'absent' }), refusal('PreconditionFailed'));
  await assert.rejects(put({ kind: 'etag', etag: 'x' }), refusal('PreconditionFailed'));
  await assert.rejects(put({ kind: 'etag', etag }, 'b'), refusal('NoSuchKey'));
  assert.equal(await house.text('a'), large('one'));
  assert.equal((await house.temporary.store.deliveries.backlog('invoke')).get('arn:test'), 1);
  await put({ kind: 'etag', etag });
  assert.equal(await house.text('a'), large('two'));
  await house.buckets.close();
  assert.equal(house.files().length, 1);
});

test('of many that create a key at once exactly one wins', async (t) => {
  const house = await bucketsHouse(t);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) =>
      house.buckets.putObject({
        ...box,
        key: 'a',
        content: contentOf(large(`${index}`)),
        description: plain,
        condition: { kind: 'absent' },
        actor,
      }),
    ),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  await house.buckets.close();
  assert.equal(house.files().length, 1);
});

test('whoever reads goes on to the end, though the object is overwritten and deleted meanwhile', async (t) => {
  const house = await bucketsHouse(t);
  const content = Buffer.alloc(2 * KiB * KiB, 'x');
  await house.put('a', content);
  const { content: body } = await house.buckets.readObject(scope, 'box', 'a');
  await house.put('a', 'new');
  await house.buckets.removeObject({ ...box, key: 'a', actor });
  assert.ok(Buffer.concat(await body.toArray()).equals(content));
  await house.buckets.close();
  assert.deepEqual(house.files(), []);
});

test('a reader that goes away lets the bytes go', async (t) => {
  const house = await bucketsHouse(t);
  await house.put('a', Buffer.alloc(2 * KiB * KiB));
  const { content } = await house.buckets.readObject(scope, 'box', 'a');
  const closed = new Promise((resolve) => content.once('close', resolve));
  await house.buckets.removeObject({ ...box, key: 'a', actor });
  content.destroy();
  await closed;
  await house.buckets.close();
  assert.deepEqual(house.files(), []);
});

test('every change is delivered with the step that makes it, and sequencers tell the order', async (t) => {
  const house = await bucketsHouse(t);
  await house.put('a', 'one');
  await house.buckets.setObjectTags({ ...box, key: 'a', tags: { x: 'y' }, actor });
  await house.buckets.setObjectTags({ ...box, key: 'a', tags: {}, actor });
  const source = { ...box, key: 'a', conditions: {} };
  await house.buckets.copyObject({ ...box, key: 'b', source, condition: { kind: 'none' }, actor });
  await house.buckets.removeObjects({ ...box, keys: [{ key: 'a' }, { key: 'never there' }], actor });
  const claimed = await house.temporary.store.deliveries.claimDue({
    lane: 'invoke',
    nowMs: house.clock.now(),
    leaseMs: 1000,
    limit: 100,
  });
  assert.deepEqual(
    claimed.map(({ payload }) => Buffer.from(payload).toString()),
    ['s3:ObjectCreated:Put', 's3:ObjectTagging:Put', 's3:ObjectTagging:Delete', 's3:ObjectCreated:Copy', 's3:ObjectRemoved:Delete'],
  );
  const sequencers = house.changes.map(({ sequencer }) => sequencer);
  assert.deepEqual(sequencers, [...sequencers].sort());
  assert.equal(new Set(sequencers).size, sequencers.length);
});

test('tags belong to the object and do not change its date', async (t) => {
  const house = await bucketsHouse(t);
  const { lastModifiedMs } = await house.put('a', 'one');
  await house.clock.advance(5000);
  await house.buckets.setObjectTags({ ...box, key: 'a', tags: { team: 'blue' }, actor });
  assert.deepEqual(await house.buckets.getObjectTags({ ...box, key: 'a' }), { team: 'blue' });
  assert.equal((await house.buckets.headObject({ ...box, key: 'a', conditions: {} })).lastModifiedMs, lastModifiedMs);
  await house.put('a', 'two');
  assert.deepEqual(await house.buckets.getObjectTags({ ...box, key: 'a' }), {});
  await assert.rejects(house.buckets.setObjectTags({ ...box, key: 'none', tags: {}, actor }), refusal('NoSuchKey'));
});

test('a removal with a condition removes only what it names', async (t) => {
  const house = await bucketsHouse(t);
  const { etag } = await house.put('a', 'one');
  await assert.rejects(house.buckets.removeObject({ ...box, key: 'a', ifMatch: '"x"', actor }), refusal('PreconditionFailed'));
  assert.equal(await house.text('a'), 'one');
  await house.buckets.removeObject({ ...box, key: 'a', ifMatch: `"${etag}"`, actor });
  await house.buckets.removeObject({ ...box, key: 'a', ifMatch: `"${etag}"`, actor });
  await assert.rejects(house.text('a'), refusal('NoSuchKey'));
});

test('nothing can be put into a bucket that is not there, and nothing is left of the attempt', async (t) => {
  const house = await bucketsHouse(t);
  await assert.rejects(house.put('a', 'x', 'other'), refusal('NoSuchBucket'));
  await assert.rejects(house.text('a', 'other'), refusal('NoSuchBucket'));
  assert.deepEqual(house.files(), []);
});

test('a bucket that vanishes while a body arrives takes nothing', async (t) => {
  const house = await bucketsHouse(t);
  await house.buckets.createBucket({ scope, bucket: 'short-lived' });
  const ref = { scope, bucket: 'short-lived', key: 'a' };
  async function* body() {
    yield Buffer.from(large('first half, '));
    await house.buckets.removeBucket({ scope, bucket: 'short-lived' });
    yield Buffer.from(large('second half'));
  }
  const content = { body: body(), bytes: 23 * 3 * KiB };
  await assert.rejects(
    house.buckets.putObject({ ...ref, content, description: plain, condition: { kind: 'none' }, actor }),
    refusal('NoSuchBucket'),
  );
  await house.buckets.close();
  assert.deepEqual(house.files(), []);
});
