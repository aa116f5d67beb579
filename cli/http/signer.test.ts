// Our signatures against the SDK's.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import type { Hash, Hmac } from 'node:crypto';
import { test } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import * as fc from 'fast-check';
import { encodeRfc3986, presignedUrl, sign } from './signer.ts';

type Source = string | ArrayBuffer | ArrayBufferView;

const bytesOf = (source: Source): Uint8Array => {
  if (typeof source === 'string') return Buffer.from(source);
  return ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : new Uint8Array(source);
};

/** SHA-256 in the form that the SDK's signer wants. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: Source) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: Source): void {
    this.#hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const now = new Date('2026-11-20T12:36:00Z');

test('signs as the SDK does, for any path, query and body', async () => {
  const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => text !== '.' && text !== '..');
  const requests = fc.record({
    service: fc.constantFrom('s3', 'lambda', 'logs'),
    segments: fc.array(segment, { minLength: 1, maxLength: 3 }),
    query: fc.dictionary(fc.stringMatching(/^[A-Za-z-]{1,8}$/), fc.string({ maxLength: 8 }), { maxKeys: 3 }),
    body: fc.option(fc.string({ maxLength: 40 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(requests, async ({ service, segments, query, body }) => {
      const path = `/${segments.map(encodeRfc3986).join('/')}`;
      const ours = sign(
        {
          method: 'POST',
          host: '127.0.0.1:4566',
          path,
          query: Object.entries(query),
          headers: { 'x-amz-meta-a': 'b  c' },
          body: body === undefined ? undefined : Buffer.from(body),
        },
        credentials,
        { service, region: 'eu-west-1', now },
      );
      const signer = new SignatureV4({
        credentials,
        region: 'eu-west-1',
        service,
        sha256: Sha256,
        uriEscapePath: service !== 's3',
      });
      const { 'content-length': _length, authorization, ...headers } = ours;
      const theirs = await signer.sign(
        { method: 'POST', protocol: 'http:', hostname: '127.0.0.1', port: 4566, path, query, headers, body },
        { signingDate: now },
      );
      assert.equal(authorization, theirs.headers['authorization']);
    }),
    { numRuns: 200 },
  );
});

test('presigns as the SDK does', async () => {
  const path = '/bucket/a%20b.webp';
  const url = presignedUrl(new URL('http://127.0.0.1:4566'), path, credentials, {
    service: 's3',
    region: 'us-east-1',
    now,
    expiresSeconds: 60,
  });
  const signer = new SignatureV4({ credentials, region: 'us-east-1', service: 's3', sha256: Sha256, uriEscapePath: false });
  const payloadHash = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  const apart = new Set(Object.keys(payloadHash));
  const request = {
    method: 'GET',
    protocol: 'http:',
    hostname: '127.0.0.1',
    port: 4566,
    path,
    query: {},
    headers: { host: '127.0.0.1:4566', ...payloadHash },
  };
  const theirs = await signer.presign(request, {
    signingDate: now,
    expiresIn: 60,
    unsignableHeaders: apart,
    unhoistableHeaders: apart,
  });
  assert.deepEqual(Object.fromEntries(new URL(url).searchParams), theirs.query);
});

test('signs the session token', () => {
  const headers = sign(
    { method: 'GET', host: 'h', path: '/', query: [], headers: {}, body: undefined },
    { ...credentials, sessionToken: 'token' },
    { service: 'sts', region: 'us-east-1', now },
  );
  assert.equal(headers['x-amz-security-token'], 'token');
  assert.match(headers['authorization'] ?? '', /SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,/);
});
