// PutObject, with the real client.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { error, houseOfThisFile } from './chapters.ts';

const opened = houseOfThisFile();
const KiB = 1024;

describe('PutObject: serialisation', () => {
  test('headers, metadata and tags come back with the object', async () => {
    const Bucket = await opened.bucket();
    const described: Partial<PutObjectCommandInput> = {
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment; filename="a.txt"',
      ContentEncoding: 'identity',
      ContentLanguage: 'de, en',
      ContentType: 'text/plain; charset=utf-8',
      Expires: new Date('2030-01-01T00:00:00Z'),
      Metadata: { plain: 'text', MixedCase: 'x', umlaut: 'für' },
    };
    await opened.put(Bucket, 'a', 'hello', { ...described, Tagging: 'team=blue&draft=' });
    const head = await opened.s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
    for (const name of ['CacheControl', 'ContentDisposition', 'ContentEncoding', 'ContentLanguage', 'ContentType'] as const)
      assert.equal(head[name], described[name], name);
    assert.deepEqual(head.Expires, described.Expires);
    assert.deepEqual(
      { plain: head.Metadata?.['plain'], mixedcase: head.Metadata?.['mixedcase'] },
      { plain: 'text', mixedcase: 'x' },
    );
    assert.equal(head.ContentLength, 5);
    const { TagCount } = await opened.s3.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    assert.equal(TagCount, 2);
  });

  test('without a content type it is binary/octet-stream', async () => {
    const Bucket = await opened.bucket();
    const url = new URL(await getSignedUrl(opened.s3, new PutObjectCommand({ Bucket, Key: 'a' })));
    await new Promise((resolve, reject) => {
      request(url, { method: 'PUT', headers: { 'content-length': 1 } }, (response) => response.resume().on('end', resolve))
        .on('error', reject)
        .end('x');
    });
    const { ContentType } = await opened.s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
    assert.equal(ContentType, 'binary/octet-stream');
  });

  test('keys are kept exactly', async () => {
    const Bucket = await opened.bucket();
    for (const Key of [
      '/a',
      'a//b',
      'a/../b',
      './a',
      'a/',
      ' a ',
      'a+b',
      'a%2Fb',
      'a%20b',
      'ü/𝒳',
      'a?b#c&d=e',
      "a'(b)*!~",
      'a\\b',
      '\u0001x',
    ]) {
      await opened.put(Bucket, Key, Key);
      assert.equal(await opened.text(Bucket, Key), Key, JSON.stringify(Key));
    }
  });

  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)
    test(`${ChecksumAlgorithm} is verified, kept and given back, from a header and from a trailer`, async () => {
      const Bucket = await opened.bucket();
      for (const Body of ['hello', Readable.from([Buffer.from('hello')])]) {
        const written = await opened.s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body, ContentLength: 5, ChecksumAlgorithm }));
        const value = written[`Checksum${ChecksumAlgorithm}`];
        assert.ok(value);
        assert.equal(written.ChecksumType, 'FULL_OBJECT');
        const head = await opened.s3.send(new HeadObjectCommand({ Bucket, Key: 'a', ChecksumMode: 'ENABLED' }));
        assert.equal(head[`Checksum${ChecksumAlgorithm}`], value);
        const silent = await opened.s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
        assert.equal(silent[`Checksum${ChecksumAlgorithm}`], undefined);
      }
    });

  test('the ETag is the MD5', async () => {
    const Bucket = await opened.bucket();
    const Body = Buffer.alloc(700 * KiB, 'abc');
    assert.equal(await opened.put(Bucket, 'a', Body), `"${createHash('md5').update(Body).digest('hex')}"`);
  });
});

describe('PutObject: validation', () => {
  const refusals: readonly (readonly [Partial<PutObjectCommandInput>, string, number])[] = [
    [{ Key: 'k'.repeat(1025) }, 'KeyTooLongError', 400],
    [{ Metadata: { big: 'x'.repeat(2049) } }, 'MetadataTooLarge', 400],
    [{ Tagging: Array.from({ length: 11 }, (_, index) => `k${index}=v`).join('&') }, 'BadRequest', 400],
    [{ Tagging: 'aws:x=y' }, 'InvalidTag', 400],
    [{ ContentMD5: 'AAAA' }, 'InvalidDigest', 400],
    [{ ContentMD5: Buffer.alloc(16).toString('base64') }, 'BadDigest', 400],
    [{ ChecksumCRC32: 'AAAAAA==' }, 'BadDigest', 400],
    [{ ChecksumSHA256: Buffer.alloc(32).toString('base64') }, 'BadDigest', 400],
    [{ ChecksumCRC32: 'AAA=' }, 'InvalidRequest', 400],
    [{ StorageClass: 'GLACIER' }, 'InvalidStorageClass', 400],
    [{ ServerSideEncryption: 'AES256' }, 'NotImplemented', 400],
    [{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'k' }, 'NotImplemented', 400],
    [{ ACL: 'public-read' }, 'AccessControlListNotSupported', 400],
    [{ GrantRead: 'id=abc' }, 'AccessControlListNotSupported', 400],
    [{ ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: new Date('2030-01-01') }, 'InvalidRequest', 400],
    [{ WebsiteRedirectLocation: '/x' }, 'NotImplemented', 400],
    [{ IfNoneMatch: '"abc"' }, 'NotImplemented', 400],
    [{ ExpectedBucketOwner: '222222222222' }, 'AccessDenied', 403],
    [{ Bucket: 'not-there' }, 'NoSuchBucket', 404],
  ];
  for (const [more, name, status] of refusals)
    test(`${JSON.stringify(more).slice(0, 80)} is ${name}`, async () => {
      const Bucket = await opened.bucket();
      await assert.rejects(opened.put(Bucket, 'a', 'hello', more), error(name, status));
      await assert.rejects(opened.text(Bucket, 'a'), error('NoSuchKey', 404));
    });

  test('what only says what is true is accepted', async () => {
    const Bucket = await opened.bucket();
    for (const more of [{ ACL: 'private' }, { ACL: 'bucket-owner-full-control' }, { StorageClass: 'STANDARD' }] as const)
      await opened.put(Bucket, 'a', 'hello', { ...more, ExpectedBucketOwner: opened.house.scope.account });
  });

  test('a body without a length is refused, and a request without a signature too', async () => {
    const Bucket = await opened.bucket();
    const send = (url: URL, headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const sent = request(url, { method: 'PUT', headers }, (response) =>
          response.resume().on('end', () => resolve(response.statusCode)),
        );
        sent.on('error', reject).write('x');
        sent.end();
      });
    const signed = new URL(await getSignedUrl(opened.s3, new PutObjectCommand({ Bucket, Key: 'a' })));
    assert.equal(await send(signed, { 'transfer-encoding': 'chunked' }), 411);
    assert.equal(await send(new URL(`${opened.house.endpoint}/${Bucket}/a`), { 'content-length': '1' }), 403);
    await assert.rejects(opened.text(Bucket, 'a'), error('NoSuchKey', 404));
  });
});

describe('PutObject: behaviour', () => {
  test('If-None-Match: * creates once, If-Match replaces what is known', async () => {
    const Bucket = await opened.bucket();
    const etag = await opened.put(Bucket, 'a', 'one', { IfNoneMatch: '*' });
    await assert.rejects(opened.put(Bucket, 'a', 'two', { IfNoneMatch: '*' }), error('PreconditionFailed', 412));
    await assert.rejects(opened.put(Bucket, 'a', 'two', { IfMatch: '"other"' }), error('PreconditionFailed', 412));
    await assert.rejects(opened.put(Bucket, 'b', 'two', { IfMatch: etag }), error('NoSuchKey', 404));
    await opened.put(Bucket, 'a', 'two', { IfMatch: etag });
    assert.equal(await opened.text(Bucket, 'a'), 'two');
  });

  test('a sender that goes away in the middle leaves what was there', async () => {
    const Bucket = await opened.bucket();
    await opened.put(Bucket, 'a', 'before');
    const url = new URL(await getSignedUrl(opened.s3, new PutObjectCommand({ Bucket, Key: 'a' })));
    await new Promise<void>((resolve) => {
      const sent = request(url, { method: 'PUT', headers: { 'content-length': 10_000_000 } });
      sent.on('error', () => undefined).on('close', resolve);
      sent.write(Buffer.alloc(1_000_000), () => sent.destroy());
    });
    assert.equal(await opened.text(Bucket, 'a'), 'before');
  });

  test('a large body passes through', async () => {
    const Bucket = await opened.bucket();
    const Body = Buffer.alloc(20 * KiB * KiB, 'large');
    await opened.put(Bucket, 'a', Body);
    const { Body: read } = await opened.s3.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    assert.ok(Buffer.from((await read?.transformToByteArray()) ?? []).equals(Body));
  });
});
