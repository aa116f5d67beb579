// Signature version 2 in URLs, against AWS's published example.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuery } from './http.ts';
import type { WireRequest } from './http.ts';
import { readPresignedV2, verifyPresignedV2 } from './sigv2.ts';

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html#RESTAuthenticationQueryStringAuth
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const QUERY = 'AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620';
const RESOURCE = '/johnsmith/photos/puppy.jpg';

function isGood(query: string, change: Partial<WireRequest> = {}, resource = RESOURCE): boolean {
  const request: WireRequest = { method: 'GET', path: '/photos/puppy.jpg', query: parseQuery(query) ?? [], headers: {}, ...change };
  const claim = readPresignedV2(request);
  assert.ok(claim !== undefined);
  return verifyPresignedV2(claim, SECRET, request, resource);
}

test("AWS's example verifies, whatever parameters stand outside the signature", () => {
  assert.ok(isGood(QUERY));
  assert.ok(isGood(`${QUERY}&utm_source=x`));
});

test('a change in what is signed is noticed', () => {
  assert.equal(isGood(QUERY.replace('1175139620', '1175139621')), false);
  assert.equal(isGood(`${QUERY}&acl`), false);
  assert.equal(isGood(`${QUERY}&response-content-type=text%2Fhtml`), false);
  assert.equal(isGood(QUERY, { method: 'PUT' }), false);
  assert.equal(isGood(QUERY, { headers: { 'content-type': 'text/html' } }), false);
  assert.equal(isGood(QUERY, { headers: { 'x-amz-acl': 'public-read' } }), false);
  assert.equal(isGood(QUERY, {}, '/johnsmith/photos/kitten.jpg'), false);
  assert.equal(isGood(QUERY.replace('NpgC', 'MpgC')), false);
  assert.equal(isGood(QUERY.replace(/Signature=[^&]*/, 'Signature=short')), false);
});

test('a URL without all three parameters has no such signature', () => {
  for (const name of ['AWSAccessKeyId', 'Signature', 'Expires']) {
    const query = QUERY.replace(new RegExp(`${name}=[^&]*`), '');
    assert.equal(readPresignedV2({ method: 'GET', path: '/', query: parseQuery(query) ?? [], headers: {} }), undefined);
  }
});
