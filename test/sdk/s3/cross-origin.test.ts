// PutBucketCors, GetBucketCors, DeleteBucketCors with the real client, and what a browser gets.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, test } from 'node:test';
import {
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  GetObjectCommand,
  PutBucketCorsCommand,
  type CORSRule,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { error, houseOfThisFile } from './chapters.ts';

const opened = houseOfThisFile();
const RULE: CORSRule = {
  ID: 'web',
  AllowedOrigins: ['https://*.example.com'],
  AllowedMethods: ['GET', 'PUT'],
  AllowedHeaders: ['*'],
  ExposeHeaders: ['ETag'],
  MaxAgeSeconds: 600,
};
const put = (Bucket: string, ...CORSRules: CORSRule[]) =>
  opened.s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));

function send(method: string, url: string, headers: Record<string, string>) {
  return new Promise<{ status: number | undefined; headers: Record<string, string | string[] | undefined>; body: string }>(
    (resolve, reject) => {
      const sent = request(url, { method, headers }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
      });
      sent.on('error', reject).end();
    },
  );
}

const preflight = (Bucket: string, headers: Record<string, string>) =>
  send('OPTIONS', `${opened.house.endpoint}/${Bucket}/a%20b`, headers);
const ASKED = {
  origin: 'https://app.example.com',
  'access-control-request-method': 'PUT',
  'access-control-request-headers': 'content-type',
};

describe('PutBucketCors', () => {
  test('serialisation: what was put is got, until it is deleted', async () => {
    const Bucket = await opened.bucket();
    await assert.rejects(opened.s3.send(new GetBucketCorsCommand({ Bucket })), error('NoSuchCORSConfiguration', 404));
    await put(Bucket, RULE);
    assert.deepEqual((await opened.s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules, [RULE]);
    await opened.s3.send(new DeleteBucketCorsCommand({ Bucket }));
    await assert.rejects(opened.s3.send(new GetBucketCorsCommand({ Bucket })), error('NoSuchCORSConfiguration', 404));
  });

  test('validation: methods and wildcards', async () => {
    const Bucket = await opened.bucket();
    await assert.rejects(put(Bucket, { ...RULE, AllowedMethods: ['PATCH'] }), error('InvalidRequest', 400));
    await assert.rejects(put(Bucket, { ...RULE, AllowedOrigins: ['https://*.*.com'] }), error('InvalidRequest', 400));
    await assert.rejects(put('no-such-bucket', RULE), error('NoSuchBucket', 404));
  });
});

describe('browsers', () => {
  test('a preflight is answered without a signature', async () => {
    const Bucket = await opened.bucket();
    await put(Bucket, RULE);
    const { status, headers } = await preflight(Bucket, ASKED);
    assert.equal(status, 200);
    assert.deepEqual(
      {
        origin: headers['access-control-allow-origin'],
        methods: headers['access-control-allow-methods'],
        asked: headers['access-control-allow-headers'],
        age: headers['access-control-max-age'],
      },
      { origin: 'https://app.example.com', methods: 'GET, PUT', asked: 'content-type', age: '600' },
    );
  });

  test('a preflight that no rule lets in is 403, and one without an origin is nobody’s', async () => {
    const Bucket = await opened.bucket();
    const closed = await preflight(Bucket, ASKED);
    assert.deepEqual([closed.status, /<Code>(.*)<\/Code>/.exec(closed.body)?.[1]], [403, 'AccessForbidden']);
    assert.match(closed.body, /CORS is not enabled for this bucket/);
    await put(Bucket, RULE);
    assert.equal((await preflight(Bucket, { ...ASKED, origin: 'https://evil.test' })).status, 403);
    assert.equal((await preflight(Bucket, { ...ASKED, 'access-control-request-method': 'DELETE' })).status, 403);
    assert.equal((await preflight(Bucket, { origin: ASKED.origin })).status, 400);
  });

  test('answers can be read by the page, errors too', async () => {
    const Bucket = await opened.bucket();
    await put(Bucket, RULE);
    await opened.put(Bucket, 'a', 'x');
    for (const [Key, status] of [
      ['a', 200],
      ['nope', 404],
    ] as const) {
      const url = await getSignedUrl(opened.s3, new GetObjectCommand({ Bucket, Key }));
      const answer = await send('GET', url, { origin: 'https://app.example.com' });
      assert.deepEqual(
        [answer.status, answer.headers['access-control-allow-origin'], answer.headers['access-control-expose-headers']],
        [status, 'https://app.example.com', 'ETag'],
      );
      assert.equal((await send('GET', url, { origin: 'https://evil.test' })).headers['access-control-allow-origin'], undefined);
      assert.equal((await send('GET', url, {})).headers['access-control-allow-origin'], undefined);
    }
  });
});
