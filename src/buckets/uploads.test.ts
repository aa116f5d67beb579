// Multipart uploads and copies on a real store: order, sizes, checksums, and what is left when they end.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { actor, bucketsHouse, bytesOf, contentOf, plain, scope, type BucketsHouse } from '../../test/support/buckets-house.ts';
import { ApiError } from '#kernel';
import { startChecksum, type ChecksumAlgorithm, type ChecksumType } from './checksums.ts';

const MiB = 1024 * 1024;
const box = { scope, bucket: 'box' };
const refusal = (code: string) => (error: unknown) => error instanceof ApiError && error.code === code;
const md5 = (...pieces: readonly Uint8Array[]) => {
  const hash = createHash('md5');
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
};
const large = (fill: number) => Buffer.alloc(5 * MiB, fill);

async function upload(
  house: BucketsHouse,
  parts: readonly (readonly [number: number, content: Uint8Array])[],
  checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType },
) {
  const ref = await house.buckets.startUpload({ ...box, key: 'big' }, { ...plain, checksum });
  for (const [number, content] of parts) await house.buckets.putPart({ ...ref, number, content: contentOf(content) });
  const complete = (named: readonly { readonly number: number; readonly etag: string }[], expected = {}) =>
    house.buckets.completeUpload({ ...ref, parts: named, condition: { kind: 'none' }, expected, actor });
  const named = parts.map(([number, content]) => ({ number, etag: md5(content).toString('hex') }));
  return { ref, named, complete };
}

test('parts become one object, whose ETag is the MD5 of their MD5s', async (t) => {
  const house = await bucketsHouse(t);
  const tail = Buffer.from('tail');
  const { named, complete } = await upload(house, [
    [2, tail],
    [1, large(1)],
  ]);
  const written = await complete(named.toSorted((one, other) => one.number - other.number));
  assert.equal(written.etag, `${md5(md5(large(1)), md5(tail)).toString('hex')}-2`);
  assert.equal(written.bytes, 5 * MiB + 4);
  const { content } = await house.buckets.readObject(scope, 'box', 'big');
  assert.ok(Buffer.concat(await content.toArray()).equals(Buffer.concat([large(1), tail])));
  assert.deepEqual(
    house.changes.map(({ event }) => event),
    ['s3:ObjectCreated:CompleteMultipartUpload'],
  );
});

test('a range over the border of two parts is read from both', async (t) => {
  const house = await bucketsHouse(t);
  const { named, complete } = await upload(house, [
    [1, large(1)],
    [2, Buffer.from('22')],
    [3, Buffer.from('')],
  ]);
  await assert.rejects(complete(named), refusal('EntityTooSmall'));
  await complete(named.slice(0, 2));
  const { body } = await house.buckets.openObject({ ...box, key: 'big', conditions: {}, range: `bytes=${5 * MiB - 1}-${5 * MiB}` });
  assert.deepEqual(await bytesOf(body), Buffer.from([1, '2'.charCodeAt(0)]));
  await house.buckets.close();
  assert.equal(house.files().length, 2, 'the part that was not named is gone');
});

test('parts are read by number', async (t) => {
  const house = await bucketsHouse(t);
  const { named, complete } = await upload(house, [
    [3, large(3)],
    [7, Buffer.from('seven')],
  ]);
  await complete(named);
  const opened = await house.buckets.openObject({ ...box, key: 'big', conditions: {}, partNumber: 7 });
  assert.equal((await bytesOf(opened.body)).toString(), 'seven');
  assert.deepEqual(opened.selection?.range, { start: 5 * MiB, end: 5 * MiB + 5 });
  assert.equal(opened.partCount, 2);
  await assert.rejects(
    house.buckets.openObject({ ...box, key: 'big', conditions: {}, partNumber: 1 }),
    refusal('InvalidPartNumber'),
  );
});

test('what is named wrongly completes nothing and loses nothing', async (t) => {
  const house = await bucketsHouse(t);
  const { ref, named, complete } = await upload(house, [
    [1, large(1)],
    [2, large(2)],
  ]);
  const [first, second] = named;
  assert.ok(first !== undefined && second !== undefined);
  await assert.rejects(complete([second, first]), refusal('InvalidPartOrder'));
  await assert.rejects(complete([first, first]), refusal('InvalidPartOrder'));
  await assert.rejects(complete([first, { number: 3, etag: second.etag }]), refusal('InvalidPart'));
  await assert.rejects(complete([first, { number: 2, etag: first.etag }]), refusal('InvalidPart'));
  await assert.rejects(complete([]), refusal('MalformedXML'));
  await assert.rejects(complete(named, { bytes: 1 }), refusal('InvalidRequest'));
  await assert.rejects(house.text('big'), refusal('NoSuchKey'));
  assert.equal((await house.buckets.listParts(ref, { after: 0, limit: 10 })).parts.length, 2);
  await complete(named);
});

test('a completion that is sent again gets the same answer while its object is there', async (t) => {
  const house = await bucketsHouse(t);
  const { named, complete } = await upload(house, [[1, Buffer.from('only')]]);
  const first = await complete(named);
  assert.deepEqual(await complete(named), first);
  assert.equal(house.changes.length, 1);
  await house.put('big', 'another');
  await assert.rejects(complete(named), refusal('NoSuchUpload'));
});

test('a part that is sent again replaces the first, and an abort leaves nothing', async (t) => {
  const house = await bucketsHouse(t);
  const { ref } = await upload(house, [
    [1, Buffer.from('old')],
    [1, Buffer.from('new')],
  ]);
  const { parts } = await house.buckets.listParts(ref, { after: 0, limit: 10 });
  assert.deepEqual(
    parts.map(({ number, etag }) => ({ number, etag })),
    [{ number: 1, etag: md5(Buffer.from('new')).toString('hex') }],
  );
  await house.buckets.abortUpload(ref);
  await assert.rejects(house.buckets.abortUpload(ref), refusal('NoSuchUpload'));
  await assert.rejects(house.buckets.putPart({ ...ref, number: 2, content: contentOf('late') }), refusal('NoSuchUpload'));
  await house.buckets.close();
  assert.deepEqual(house.files(), []);
});

test('a part whose upload ends while it arrives leaves nothing', async (t) => {
  const house = await bucketsHouse(t);
  const { ref } = await upload(house, []);
  async function* body() {
    yield Buffer.from('half');
    await house.buckets.abortUpload(ref);
    yield Buffer.from('half');
  }
  await assert.rejects(house.buckets.putPart({ ...ref, number: 1, content: { body: body(), bytes: 8 } }), refusal('NoSuchUpload'));
  await house.buckets.close();
  assert.deepEqual(house.files(), []);
});

for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME'] as const)
  test(`the ${algorithm} of the whole is known without reading it again`, async (t) => {
    const house = await bucketsHouse(t);
    const parts = [
      [1, large(9)],
      [2, Buffer.from('the rest')],
    ] as const;
    const { named, complete } = await upload(house, parts, { algorithm, type: 'FULL_OBJECT' });
    const running = startChecksum(algorithm);
    for (const [, content] of parts) running.update(content);
    const value = running.digest();
    await assert.rejects(complete(named, { checksum: { algorithm, value: `${value.slice(0, -2)}A=` } }), refusal('BadDigest'));
    const { checksum } = await complete(named, { checksum: { algorithm, value } });
    assert.deepEqual(checksum, { algorithm, type: 'FULL_OBJECT', value });
  });

test('a composite checksum counts the parts', async (t) => {
  const house = await bucketsHouse(t);
  const { ref, named, complete } = await upload(house, [[1, Buffer.from('one')]], { algorithm: 'SHA256', type: 'COMPOSITE' });
  const ofPart = createHash('sha256').update('one').digest();
  const value = createHash('sha256').update(ofPart).digest('base64');
  const { parts } = await house.buckets.listParts(ref, { after: 0, limit: 1 });
  assert.equal(parts[0]?.checksum, ofPart.toString('base64'));
  await assert.rejects(complete(named, { checksum: { algorithm: 'SHA256', value: `${value}-2` } }), refusal('BadDigest'));
  const { checksum } = await complete(named, { checksum: { algorithm: 'SHA256', value: `${value}-1` } });
  assert.deepEqual(checksum, { algorithm: 'SHA256', type: 'COMPOSITE', value });
  const view = await house.buckets.headObject({ ...box, key: 'big', conditions: {} });
  assert.deepEqual(view.parts()?.[0]?.checksum, { algorithm: 'SHA256', value: ofPart.toString('base64') });
});

test('a part with another checksum than its upload is refused', async (t) => {
  const house = await bucketsHouse(t);
  const { ref } = await upload(house, [], { algorithm: 'CRC32', type: 'COMPOSITE' });
  const content = { ...contentOf('x'), checksum: { algorithm: 'SHA1' as const } };
  await assert.rejects(house.buckets.putPart({ ...ref, number: 1, content }), refusal('InvalidRequest'));
});

test('part numbers go from 1 to 10,000', async (t) => {
  const house = await bucketsHouse(t);
  const { ref } = await upload(house, []);
  for (const number of [0, 10_001, 1.5])
    await assert.rejects(house.buckets.putPart({ ...ref, number, content: contentOf('x') }), refusal('InvalidArgument'));
  await house.buckets.putPart({ ...ref, number: 10_000, content: contentOf('x') });
});

test('a copy shares the bytes of its source and outlives it', async (t) => {
  const house = await bucketsHouse(t);
  const content = 'content'.repeat(1000);
  const { etag } = await house.put('a', content);
  const source = { ...box, key: 'a', conditions: {} };
  const copied = await house.buckets.copyObject({ ...box, key: 'b', source, condition: { kind: 'none' }, actor });
  assert.equal(copied.etag, etag);
  assert.equal(house.files().length, 1);
  await house.buckets.removeObject({ ...box, key: 'a', actor });
  assert.equal(await house.text('b'), content);
  await house.buckets.removeObject({ ...box, key: 'b', actor });
  await house.buckets.close();
  assert.deepEqual(house.files(), []);
});

test('a copy of a small object is one too', async (t) => {
  const house = await bucketsHouse(t);
  await house.put('a', 'content');
  const source = { ...box, key: 'a', conditions: {} };
  await house.buckets.copyObject({ ...box, key: 'b', source, condition: { kind: 'none' }, checksumAlgorithm: 'CRC32', actor });
  await house.buckets.removeObject({ ...box, key: 'a', actor });
  assert.equal(await house.text('b'), 'content');
});

test('a copy of what was uploaded in parts is a plain object', async (t) => {
  const house = await bucketsHouse(t);
  const { named, complete } = await upload(
    house,
    [
      [1, large(4)],
      [2, Buffer.from('end')],
    ],
    { algorithm: 'SHA256', type: 'COMPOSITE' },
  );
  await complete(named);
  const source = { ...box, key: 'big', conditions: {} };
  const { etag, checksum } = await house.buckets.copyObject({ ...box, key: 'copy', source, condition: { kind: 'none' }, actor });
  const whole = Buffer.concat([large(4), Buffer.from('end')]);
  assert.equal(etag, md5(whole).toString('hex'));
  assert.deepEqual(checksum, {
    algorithm: 'SHA256',
    type: 'FULL_OBJECT',
    value: createHash('sha256').update(whole).digest('base64'),
  });
  assert.equal(house.files().length, 2);
});

test('a copy onto itself must change something', async (t) => {
  const house = await bucketsHouse(t);
  const content = 'content'.repeat(1000);
  await house.put('a', content);
  const copy = { ...box, key: 'a', source: { ...box, key: 'a', conditions: {} }, condition: { kind: 'none' as const }, actor };
  await assert.rejects(house.buckets.copyObject(copy), refusal('InvalidRequest'));
  await house.buckets.copyObject({ ...copy, replacement: { headers: { contentType: 'text/plain' }, metadata: {} } });
  assert.equal(await house.text('a'), content);
  await house.buckets.copyObject({ ...copy, checksumAlgorithm: 'CRC32C' });
  const { attributes } = await house.buckets.headObject({ ...box, key: 'a', conditions: {} });
  assert.equal(attributes.checksum?.algorithm, 'CRC32C');
  assert.equal(attributes.headers.contentType, 'text/plain');
  await house.buckets.close();
  assert.equal(house.files().length, 1);
});

test('a part is copied from a range of another object', async (t) => {
  const house = await bucketsHouse(t);
  await house.put('a', '0123456789');
  const { ref } = await upload(house, [], { algorithm: 'CRC32', type: 'FULL_OBJECT' });
  const source = { ...box, key: 'a', conditions: {} };
  await assert.rejects(house.buckets.copyPart({ ...ref, number: 1, source, range: 'bytes=5-10' }), refusal('InvalidArgument'));
  const part = await house.buckets.copyPart({ ...ref, number: 1, source, range: 'bytes=2-4' });
  assert.equal(part.etag, md5(Buffer.from('234')).toString('hex'));
  await house.buckets.completeUpload({ ...ref, parts: [part], condition: { kind: 'none' }, expected: {}, actor });
  assert.equal(await house.text('big'), '234');
});
