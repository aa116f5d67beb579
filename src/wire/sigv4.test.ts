// Signature version 4 against AWS's published examples, and against whoever changes a signed request.

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseQuery } from './http.ts';
import type { WireRequest } from './http.ts';
import { canonicalRequest, EMPTY_SHA256, readClaim, unsignedAmzHeaders, verifySignature } from './sigv4.ts';
import type { SignatureClaim } from './sigv4.ts';

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const S3_HOST = 'examplebucket.s3.amazonaws.com';

function request(method: string, url: string, headers: Record<string, string>): WireRequest {
  const [path = '', query = ''] = url.split('?');
  return { method, path, query: parseQuery(query) ?? [], headers };
}

function claimOf(wire: WireRequest): SignatureClaim {
  const result = readClaim(wire);
  assert.ok(result.kind === 'claim', JSON.stringify(result));
  return result.claim;
}

function isGood(wire: WireRequest, payloadHash: string, isS3 = true): boolean {
  return verifySignature({ claim: claimOf(wire), secret: SECRET, request: wire, payloadHash, isS3 });
}

function authorization(signedHeaders: string, signature: string, scope = '20130524/us-east-1/s3'): string {
  return `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/${scope}/aws4_request,SignedHeaders=${signedHeaders},Signature=${signature}`;
}

const GET_OBJECT = request('GET', '/test.txt', {
  host: S3_HOST,
  range: 'bytes=0-9',
  'x-amz-content-sha256': EMPTY_SHA256,
  'x-amz-date': '20130524T000000Z',
  authorization: authorization(
    'host;range;x-amz-content-sha256;x-amz-date',
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ),
});

const PUT_BODY = 'Welcome to Amazon S3.';
const PUT_OBJECT = request('PUT', '/test%24file.text', {
  date: 'Fri, 24 May 2013 00:00:00 GMT',
  host: S3_HOST,
  'x-amz-date': '20130524T000000Z',
  'x-amz-storage-class': 'REDUCED_REDUNDANCY',
  'x-amz-content-sha256': hash('sha256', PUT_BODY, 'hex'),
  authorization: authorization(
    'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  ),
});

const PRESIGNED = request(
  'GET',
  '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  { host: S3_HOST },
);

test("AWS's examples for S3 verify", () => {
  assert.ok(isGood(GET_OBJECT, EMPTY_SHA256));
  assert.ok(isGood(PUT_OBJECT, hash('sha256', PUT_BODY, 'hex')));
  const lifecycle = (query: string, signature: string) =>
    request('GET', `/${query}`, {
      host: S3_HOST,
      'x-amz-content-sha256': EMPTY_SHA256,
      'x-amz-date': '20130524T000000Z',
      authorization: authorization('host;x-amz-content-sha256;x-amz-date', signature),
    });
  assert.ok(isGood(lifecycle('?lifecycle', 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'), EMPTY_SHA256));
  assert.ok(
    isGood(lifecycle('?max-keys=2&prefix=J', '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'), EMPTY_SHA256),
  );
});

test("AWS's presigned example verifies", () => {
  const claim = claimOf(PRESIGNED);
  assert.equal(claim.expiresSeconds, 86400);
  assert.ok(isGood(PRESIGNED, 'UNSIGNED-PAYLOAD'));
});

test("AWS's example for IAM verifies, with its query and a path that is encoded twice", () => {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html, from the test suite of signature version 4
  const wire = request('GET', '/?Action=ListUsers&Version=2010-05-08', {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    host: 'iam.amazonaws.com',
    'x-amz-date': '20150830T123600Z',
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7`,
  });
  const verify = {
    claim: claimOf(wire),
    secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    request: wire,
    payloadHash: EMPTY_SHA256,
    isS3: false,
  };
  assert.ok(verifySignature(verify));
  const encoded = canonicalRequest({ ...verify, request: { ...wire, path: '/2015-03-31/functions/arn%3Aaws%3Alambda/x' } });
  assert.match(encoded, /^GET\n\/2015-03-31\/functions\/arn%253Aaws%253Alambda\/x\n/);
});

test('paths are normalised everywhere but on S3', () => {
  const canonical = (path: string, isS3: boolean) =>
    canonicalRequest({ claim: claimOf(GET_OBJECT), secret: SECRET, request: { ...GET_OBJECT, path }, payloadHash: '', isS3 }).split(
      '\n',
    )[1];
  assert.equal(canonical('/a//b/../c/./d/', false), '/a/c/d/');
  assert.equal(canonical('/a//b/../c', true), '/a//b/../c');
  assert.equal(canonical('/a%20b%7Ec', true), '/a%20b~c');
});

test('a change anywhere in what is signed is noticed', () => {
  const changes: Partial<WireRequest>[] = [
    { method: 'HEAD' },
    { path: '/test.txt/' },
    { path: '/other.txt' },
    { query: [['versionId', '1']] },
    { headers: { ...GET_OBJECT.headers, range: 'bytes=0-10' } },
    { headers: { ...GET_OBJECT.headers, host: 'other.s3.amazonaws.com' } },
    { headers: { ...GET_OBJECT.headers, 'x-amz-date': '20130524T000001Z' } },
  ];
  for (const change of changes) assert.equal(isGood({ ...GET_OBJECT, ...change }, EMPTY_SHA256), false, JSON.stringify(change));
  assert.equal(isGood(GET_OBJECT, hash('sha256', 'x', 'hex')), false);
  assert.equal(
    verifySignature({
      claim: claimOf(GET_OBJECT),
      secret: `${SECRET}x`,
      request: GET_OBJECT,
      payloadHash: EMPTY_SHA256,
      isS3: true,
    }),
    false,
  );
  for (const [index, [name, value]] of PRESIGNED.query.entries()) {
    if (name === 'X-Amz-Signature' || name === 'X-Amz-Algorithm') continue;
    const query = PRESIGNED.query.with(index, [name, value.replace(/[0-9](?=\D*$)/, (digit) => String((Number(digit) + 1) % 10))]);
    const result = readClaim({ ...PRESIGNED, query });
    if (result.kind === 'claim' && query[index]?.[1] !== value)
      assert.equal(isGood({ ...PRESIGNED, query }, 'UNSIGNED-PAYLOAD'), false, name);
  }
});

test('headers are trimmed, and their inner spaces folded, as signers do', () => {
  const wire = { ...GET_OBJECT, headers: { ...GET_OBJECT.headers, range: '  bytes=0-9 ' } };
  assert.ok(isGood(wire, EMPTY_SHA256));
});

test('an x-amz header outside the signature is named', () => {
  const claim = claimOf(GET_OBJECT);
  assert.deepEqual(unsignedAmzHeaders(claim, GET_OBJECT.headers), []);
  assert.deepEqual(unsignedAmzHeaders(claim, { ...GET_OBJECT.headers, 'x-amz-acl': 'public-read' }), ['x-amz-acl']);
});

test('what cannot be read is told with its reason, and an unsigned request is none of it', () => {
  const headers = { host: 'x', 'x-amz-date': '20130524T000000Z' };
  const why = (authorization: string, others: Record<string, string> = headers) => {
    const result = readClaim(request('GET', '/', { ...others, authorization }));
    return result.kind === 'malformed' ? result.why : result.kind;
  };
  const good = GET_OBJECT.headers['authorization'] ?? '';
  assert.equal(readClaim(request('GET', '/', { host: 'x' })).kind, 'none');
  assert.match(why('AWS AKIA:abc'), /not supported/);
  assert.match(why('Bearer abc'), /not supported/);
  assert.match(why(good.replace(/Credential=[^,]*,/, '')), /Credential/);
  assert.match(why(good.replace('20130524/us-east-1/s3/aws4_request', '20130524/us-east-1/s3')), /mal-formed/);
  assert.match(why(good.replace('/20130524/', '/20130525/')), /scope does not match/);
  assert.match(why(good.replace('host;', '')), /'Host' must be/);
  assert.match(why(good.replace(/Signature=.*/, 'Signature=abc')), /64 hexadecimal/);
  assert.match(why(good, { host: 'x' }), /X-Amz-Date/);
  assert.equal(why(good, { host: 'x', date: 'Fri, 24 May 2013 00:00:00 GMT' }), 'claim');
  const presigned = (change: (url: string) => string) => {
    const text = PRESIGNED.query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
    const result = readClaim(request('GET', `/test.txt?${change(text)}`, { host: S3_HOST }));
    return result.kind === 'malformed' ? result.why : result.kind;
  };
  assert.equal(
    presigned((url) => url),
    'claim',
  );
  assert.match(
    presigned((url) => url.replace('Expires=86400', 'Expires=604801')),
    /604800/,
  );
  assert.match(
    presigned((url) => url.replace('Expires=86400', 'Expires=-1')),
    /604800/,
  );
  assert.match(
    presigned((url) => url.replace('X-Amz-Date=20130524T000000Z&', '')),
    /requires/,
  );
  assert.match(
    presigned((url) => `${url}&X-Amz-Expires=1`),
    /requires/,
  );
  assert.match(
    presigned((url) => url.replace('HMAC-SHA256', 'ECDSA-P256-SHA256')),
    /only supports/,
  );
});

test('no header and no query makes the reader fail', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.dictionary(fc.string(), fc.string()), (authorization, query, others) => {
      const wire: WireRequest = {
        method: 'GET',
        path: `/${query}`,
        query: parseQuery(query) ?? [],
        headers: { ...others, authorization: `AWS4-HMAC-SHA256 ${authorization}` },
      };
      readClaim(wire);
      readClaim({ ...wire, headers: {}, query: [['X-Amz-Algorithm', authorization], ...wire.query] });
      canonicalRequest({
        claim: claimOf(GET_OBJECT),
        secret: SECRET,
        request: wire,
        payloadHash: '',
        isS3: query.length % 2 === 0,
      });
    }),
  );
});
