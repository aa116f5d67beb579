// CopyObject, with the real client.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { CopyObjectCommand, GetObjectTaggingCommand, HeadObjectCommand, type CopyObjectCommandInput } from '@aws-sdk/client-s3';
import { error, houseOfThisFile } from './chapters.ts';

const opened = houseOfThisFile();
const copy = (input: CopyObjectCommandInput) => opened.s3.send(new CopyObjectCommand(input));

async function source(): Promise<string> {
  const Bucket = await opened.bucket();
  await opened.put(Bucket, 'a', 'content', { ContentType: 'text/plain', Metadata: { old: '1' }, Tagging: 'old=1' });
  return Bucket;
}

describe('CopyObject: serialisation', () => {
  test('headers, metadata and tags come along', async () => {
    const Bucket = await source();
    const { CopyObjectResult } = await copy({ Bucket, Key: 'b', CopySource: `${Bucket}/a` });
    const head = await opened.s3.send(new HeadObjectCommand({ Bucket, Key: 'b' }));
    assert.equal(CopyObjectResult?.ETag, head.ETag);
    assert.deepEqual(CopyObjectResult?.LastModified, head.LastModified);
    assert.deepEqual([head.ContentType, head.Metadata], ['text/plain', { old: '1' }]);
    const { TagSet } = await opened.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'b' }));
    assert.deepEqual(TagSet, [{ Key: 'old', Value: '1' }]);
  });

  test('REPLACE takes the request’s own', async () => {
    const Bucket = await source();
    const replaced = {
      MetadataDirective: 'REPLACE',
      TaggingDirective: 'REPLACE',
      Metadata: { new: '2' },
      Tagging: 'new=2',
    } as const;
    await copy({ Bucket, Key: 'b', CopySource: `${Bucket}/a`, ...replaced, ContentType: 'text/html' });
    const head = await opened.s3.send(new HeadObjectCommand({ Bucket, Key: 'b' }));
    assert.deepEqual([head.ContentType, head.Metadata], ['text/html', { new: '2' }]);
    const { TagSet } = await opened.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'b' }));
    assert.deepEqual(TagSet, [{ Key: 'new', Value: '2' }]);
  });

  test('sources are percent-encoded, with or without a slash in front', async () => {
    const Bucket = await opened.bucket();
    for (const key of ['a b', 'ü', 'a+b', 'a%2Fb', 'a//b', '/a', 'x?versionId=1']) {
      await opened.put(Bucket, key, key);
      for (const slash of ['', '/']) {
        await copy({ Bucket, Key: 'copied', CopySource: `${slash}${Bucket}/${encodeURIComponent(key)}` });
        assert.equal(await opened.text(Bucket, 'copied'), key);
      }
    }
    await copy({ Bucket, Key: 'copied', CopySource: `${Bucket}/a+b` });
    assert.equal(await opened.text(Bucket, 'copied'), 'a+b');
    await copy({ Bucket, Key: 'copied', CopySource: `${Bucket}/a%20b?versionId=null` });
    assert.equal(await opened.text(Bucket, 'copied'), 'a b');
  });
});

describe('CopyObject: validation', () => {
  test('sources that are not there or cannot be meant', async () => {
    const Bucket = await source();
    const from = (CopySource: string) => copy({ Bucket, Key: 'b', CopySource });
    await assert.rejects(from(`${Bucket}/nope`), error('NoSuchKey', 404));
    await assert.rejects(from('no-such-bucket/a'), error('NoSuchBucket', 404));
    await assert.rejects(from(Bucket), error('InvalidArgument', 400));
    await assert.rejects(from(`${Bucket}/`), error('InvalidArgument', 400));
    await assert.rejects(from(`${Bucket}/%ff`), error('InvalidArgument', 400));
    await assert.rejects(from(`${Bucket}/a?versionId=v1`), error('NoSuchVersion', 404));
    await assert.rejects(copy({ Bucket: 'no-such-bucket', Key: 'b', CopySource: `${Bucket}/a` }), error('NoSuchBucket', 404));
    await assert.rejects(
      copy({ Bucket, Key: 'b', CopySource: `${Bucket}/a`, ExpectedSourceBucketOwner: '222222222222' }),
      error('AccessDenied', 403),
    );
    await assert.rejects(
      copy({ Bucket, Key: 'b', CopySource: `${Bucket}/a`, StorageClass: 'GLACIER' }),
      error('InvalidStorageClass', 400),
    );
  });

  test('a copy onto itself must change something', async () => {
    const Bucket = await source();
    const onto = { Bucket, Key: 'a', CopySource: `${Bucket}/a` };
    await assert.rejects(copy(onto), error('InvalidRequest', 400, /illegal because it is trying to copy an object to itself/));
    await copy({ ...onto, MetadataDirective: 'REPLACE', Metadata: { new: '2' } });
    assert.equal(await opened.text(Bucket, 'a'), 'content');
  });
});

describe('CopyObject: behaviour', () => {
  test('conditions on the source and on what is replaced', async () => {
    const Bucket = await source();
    const { ETag: etag = '', LastModified } = await opened.s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
    const from = { Bucket, Key: 'b', CopySource: `${Bucket}/a` };
    const before = new Date((LastModified?.getTime() ?? 0) - 1000);
    for (const condition of [
      { CopySourceIfMatch: '"x"' },
      { CopySourceIfNoneMatch: etag },
      { CopySourceIfUnmodifiedSince: before },
      { CopySourceIfModifiedSince: LastModified },
    ])
      await assert.rejects(copy({ ...from, ...condition }), error('PreconditionFailed', 412), JSON.stringify(condition));
    await copy({ ...from, CopySourceIfMatch: etag, CopySourceIfUnmodifiedSince: before, IfNoneMatch: '*' });
    await assert.rejects(copy({ ...from, IfNoneMatch: '*' }), error('PreconditionFailed', 412));
    await copy({ ...from, IfMatch: etag });
  });

  test('a copy may have another checksum', async () => {
    const Bucket = await source();
    const { CopyObjectResult } = await copy({ Bucket, Key: 'b', CopySource: `${Bucket}/a`, ChecksumAlgorithm: 'SHA256' });
    assert.equal(CopyObjectResult?.ChecksumSHA256, createHash('sha256').update('content').digest('base64'));
    const head = await opened.s3.send(new HeadObjectCommand({ Bucket, Key: 'b', ChecksumMode: 'ENABLED' }));
    assert.equal(head.ChecksumSHA256, CopyObjectResult?.ChecksumSHA256);
  });
});
