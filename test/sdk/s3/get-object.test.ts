// GetObject and HeadObject, with the real client.

import assert from 'node:assert/strict';
import { get } from 'node:http';
import { before, describe, test } from 'node:test';
import { GetObjectCommand, HeadObjectCommand, type GetObjectCommandInput } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { error, houseOfThisFile } from './chapters.ts';

const opened = houseOfThisFile();
const CONTENT = '0123456789';
let Bucket = '';
let etag = '';

before(async () => {
  Bucket = await opened.bucket();
  etag = await opened.put(Bucket, 'digits', CONTENT, { ContentType: 'text/plain', CacheControl: 'no-store' });
  await opened.put(Bucket, 'empty', '');
});

const read = async (more: Partial<GetObjectCommandInput> = {}) => {
  const answer = await opened.s3.send(new GetObjectCommand({ Bucket, Key: 'digits', ...more }));
  return { ...answer, text: await answer.Body?.transformToString(), status: answer.$metadata.httpStatusCode };
};
const head = (more: Partial<GetObjectCommandInput> = {}) =>
  opened.s3.send(new HeadObjectCommand({ Bucket, Key: 'digits', ...more }));

describe('GetObject: serialisation', () => {
  test('the whole object has status 200, a length, a date in whole seconds and accepts ranges', async () => {
    const answer = await read();
    assert.equal(answer.status, 200);
    assert.equal(answer.text, CONTENT);
    assert.equal(answer.ContentLength, 10);
    assert.equal(answer.AcceptRanges, 'bytes');
    assert.equal(answer.ETag, etag);
    assert.equal(answer.LastModified?.getMilliseconds(), 0);
    assert.equal(answer.ContentRange, undefined);
  });

  test('a range has status 206 and says where it lies', async () => {
    for (const [Range, text, ContentRange] of [
      ['bytes=0-3', '0123', 'bytes 0-3/10'],
      ['bytes=8-', '89', 'bytes 8-9/10'],
      ['bytes=-3', '789', 'bytes 7-9/10'],
      ['bytes=5-500', '56789', 'bytes 5-9/10'],
    ] as const) {
      const answer = await read({ Range });
      assert.deepEqual(
        [answer.status, answer.text, answer.ContentRange, answer.ContentLength],
        [206, text, ContentRange, text.length],
        Range,
      );
    }
  });

  test('several ranges and nonsense get the whole object', async () => {
    for (const Range of ['bytes=0-1,3-4', 'pages=1-2', 'bytes=5-2']) assert.equal((await read({ Range })).status, 200, Range);
  });

  test('an object that was not uploaded in parts is its own part 1', async () => {
    const answer = await read({ PartNumber: 1 });
    assert.deepEqual(
      [answer.status, answer.text, answer.ContentRange, answer.PartsCount],
      [206, CONTENT, 'bytes 0-9/10', undefined],
    );
  });

  test('a signed request says how the answer is labelled', async () => {
    const command = new GetObjectCommand({
      Bucket,
      Key: 'digits',
      ResponseContentType: 'application/x-test',
      ResponseContentDisposition: 'attachment; filename="ü.txt"',
      ResponseCacheControl: 'max-age=1',
    });
    const answer = await opened.s3.send(command);
    assert.equal(answer.ContentType, 'application/x-test');
    assert.equal(answer.CacheControl, 'max-age=1');
    const headers = await headersOf(await getSignedUrl(opened.s3, command));
    assert.equal(headers['content-type'], 'application/x-test');
  });

  test('HEAD tells what GET would', async () => {
    const [one, other] = [await head(), await read()];
    for (const name of ['ETag', 'ContentLength', 'ContentType', 'CacheControl', 'AcceptRanges'] as const)
      assert.equal(one[name], other[name], name);
    assert.deepEqual(one.LastModified, other.LastModified);
    const part = await head({ Range: 'bytes=0-3' });
    assert.deepEqual([part.$metadata.httpStatusCode, part.ContentLength, part.ContentRange], [206, 4, 'bytes 0-3/10']);
  });

  test('an empty object', async () => {
    const answer = await read({ Key: 'empty' });
    assert.deepEqual([answer.status, answer.text, answer.ContentLength], [200, '', 0]);
    assert.equal((await head({ Key: 'empty' })).ContentLength, 0);
  });
});

describe('GetObject: validation', () => {
  test('what is not there', async () => {
    await assert.rejects(read({ Key: 'nope' }), error('NoSuchKey', 404));
    await assert.rejects(read({ Bucket: 'no-such-bucket' }), error('NoSuchBucket', 404));
    await assert.rejects(head({ Key: 'nope' }), error('NotFound', 404));
    await assert.rejects(read({ VersionId: 'x' }), error('NoSuchVersion', 404));
    assert.equal((await read({ VersionId: 'null' })).text, CONTENT);
  });

  test('ranges and parts beyond the object', async () => {
    await assert.rejects(read({ Range: 'bytes=10-' }), error('InvalidRange', 416));
    await assert.rejects(read({ Range: 'bytes=-0' }), error('InvalidRange', 416));
    await assert.rejects(read({ Key: 'empty', Range: 'bytes=0-' }), error('InvalidRange', 416));
    await assert.rejects(read({ PartNumber: 2 }), error('InvalidPartNumber', 416));
    await assert.rejects(read({ PartNumber: 1, Range: 'bytes=0-1' }), error('InvalidRequest', 400));
  });

  test('keys of the customer, other owners and unsigned requests', async () => {
    const key = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: Buffer.alloc(32).toString('base64'), SSECustomerKeyMD5: 'x' };
    await assert.rejects(read(key), error('NotImplemented', 400));
    await assert.rejects(read({ ExpectedBucketOwner: '222222222222' }), error('AccessDenied', 403));
    assert.equal(await statusOf(`${opened.house.endpoint}/${Bucket}/digits`), 403);
  });
});

describe('GetObject: behaviour', () => {
  test('conditions, with the precedence of RFC 9110', async () => {
    const { LastModified } = await head();
    const modified = LastModified ?? new Date(0);
    const before = new Date(modified.getTime() - 1000);
    const statuses: readonly (readonly [Partial<GetObjectCommandInput>, number])[] = [
      [{ IfMatch: etag }, 200],
      [{ IfMatch: '"x"' }, 412],
      [{ IfMatch: etag, IfUnmodifiedSince: before }, 200],
      [{ IfUnmodifiedSince: before }, 412],
      [{ IfUnmodifiedSince: modified }, 200],
      [{ IfNoneMatch: etag }, 304],
      [{ IfNoneMatch: '"x"', IfModifiedSince: modified }, 200],
      [{ IfModifiedSince: modified }, 304],
      [{ IfModifiedSince: before }, 200],
    ];
    for (const [conditions, status] of statuses)
      for (const command of [
        new GetObjectCommand({ Bucket, Key: 'digits', ...conditions }),
        new HeadObjectCommand({ Bucket, Key: 'digits', ...conditions }),
      ]) {
        const found = await opened.s3.send(command).then(
          (answer) => answer.$metadata.httpStatusCode,
          (thrown: { readonly $metadata: { readonly httpStatusCode?: number } }) => thrown.$metadata.httpStatusCode,
        );
        assert.equal(found, status, JSON.stringify(conditions));
      }
  });

  test('304 has the validators and no body', async () => {
    const headers = await headersOf(await getSignedUrl(opened.s3, new GetObjectCommand({ Bucket, Key: 'digits' })), {
      'if-none-match': etag,
    });
    assert.equal(headers.etag, etag);
    assert.equal(headers['content-length'], undefined);
  });

  test('If-Range asks for the rest only of the same object', async () => {
    const url = await getSignedUrl(opened.s3, new GetObjectCommand({ Bucket, Key: 'digits' }));
    assert.equal(await statusOf(url, { range: 'bytes=5-', 'if-range': etag }), 206);
    assert.equal(await statusOf(url, { range: 'bytes=5-', 'if-range': '"other"' }), 200);
    assert.equal(await statusOf(url, { range: 'bytes=5-', 'if-range': new Date(0).toUTCString() }), 200);
  });

  test('a URL that was signed can be read by anybody, and one that was tampered with by nobody', async () => {
    const url = await getSignedUrl(opened.s3, new GetObjectCommand({ Bucket, Key: 'digits' }), { expiresIn: 60 });
    assert.equal(await statusOf(url), 200);
    assert.equal(await statusOf(url.replace('/digits?', '/empty?')), 403);
    assert.equal(await statusOf(`${url}&response-content-type=text/html`), 403);
  });

  test('whoever reads goes on to the end though the object is overwritten', async () => {
    const large = Buffer.alloc(8 * 1024 * 1024, 'old');
    await opened.put(Bucket, 'large', large);
    const { Body } = await opened.s3.send(new GetObjectCommand({ Bucket, Key: 'large' }));
    await opened.put(Bucket, 'large', 'new');
    assert.ok(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(large));
    assert.equal(await opened.text(Bucket, 'large'), 'new');
  });
});

function headersOf(url: string, headers: Record<string, string> = {}) {
  return new Promise<Record<string, string | string[] | undefined>>((resolve, reject) => {
    get(url, { headers }, (response) => response.resume().on('end', () => resolve(response.headers))).on('error', reject);
  });
}

function statusOf(url: string, headers: Record<string, string> = {}) {
  return new Promise<number | undefined>((resolve, reject) => {
    get(url, { headers }, (response) => response.resume().on('end', () => resolve(response.statusCode))).on('error', reject);
  });
}
