// DeleteObject and DeleteObjects, with the real client.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DeleteObjectCommand, DeleteObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { error, houseOfThisFile } from './chapters.ts';

const opened = houseOfThisFile();
const remove = (Bucket: string, Key: string, more = {}) => opened.s3.send(new DeleteObjectCommand({ Bucket, Key, ...more }));

describe('DeleteObject: serialisation', () => {
  test('204, whether the object was there or not', async () => {
    const Bucket = await opened.bucket();
    await opened.put(Bucket, 'a');
    for (const _ of [1, 2]) assert.equal((await remove(Bucket, 'a')).$metadata.httpStatusCode, 204);
    await assert.rejects(opened.text(Bucket, 'a'), error('NoSuchKey'));
  });

  test('many at once: what went and what failed are told apart', async () => {
    const Bucket = await opened.bucket();
    for (const key of ['a', 'b & c', 'd']) await opened.put(Bucket, key);
    const Objects = [
      { Key: 'a' },
      { Key: 'b & c' },
      { Key: 'never' },
      { Key: 'd', ETag: '"other"' },
      { Key: 'e', VersionId: 'v1' },
    ];
    const answer = await opened.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    assert.deepEqual(
      answer.Deleted?.map(({ Key }) => Key),
      ['a', 'b & c', 'never'],
    );
    assert.deepEqual(
      answer.Errors?.map(({ Key, Code }) => [Key, Code]),
      [
        ['e', 'NoSuchVersion'],
        ['d', 'PreconditionFailed'],
      ],
    );
    const { Contents } = await opened.s3.send(new ListObjectsV2Command({ Bucket }));
    assert.deepEqual(
      Contents?.map(({ Key }) => Key),
      ['d'],
    );
  });

  test('a quiet deletion tells only what failed', async () => {
    const Bucket = await opened.bucket();
    const answer = await opened.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a' }], Quiet: true } }));
    assert.equal(answer.Deleted?.length ?? 0, 0);
  });
});

describe('DeleteObject: validation', () => {
  test('buckets that are not there, versions, and conditions that S3 has for other buckets', async () => {
    const Bucket = await opened.bucket();
    await assert.rejects(remove('no-such-bucket', 'a'), error('NoSuchBucket', 404));
    await assert.rejects(remove(Bucket, 'a', { VersionId: 'v1' }), error('NoSuchVersion', 404));
    await assert.rejects(remove(Bucket, 'a', { IfMatchSize: 1 }), error('NotImplemented', 400));
  });

  test('at most 1000 objects', async () => {
    const Bucket = await opened.bucket();
    const removeMany = (count: number) => {
      const Objects = Array.from({ length: count }, (_, index) => ({ Key: `k${index}` }));
      return opened.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    };
    assert.equal((await removeMany(1000)).Deleted?.length, 1000);
    await assert.rejects(removeMany(1001), error('MalformedXML', 400));
  });
});

describe('DeleteObject: behaviour', () => {
  test('If-Match deletes only what is known', async () => {
    const Bucket = await opened.bucket();
    const etag = await opened.put(Bucket, 'a', 'one');
    await assert.rejects(remove(Bucket, 'a', { IfMatch: '"x"' }), error('PreconditionFailed', 412));
    await remove(Bucket, 'a', { IfMatch: etag });
    await assert.rejects(opened.text(Bucket, 'a'), error('NoSuchKey'));
  });
});
