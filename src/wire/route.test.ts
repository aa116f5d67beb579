// Routing of RESTful services: every operation by its own URI, S3's by query and headers, and paths that mean nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuery } from './http.ts';
import { loadService } from './model.ts';
import type { ServiceName } from './model.ts';
import { findRoute } from './route.ts';

interface Asked {
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly bucket?: string;
}

function route(service: ServiceName, method: string, path: string, { query = '', headers = {}, bucket }: Asked = {}) {
  const request = { method, path, query: parseQuery(query) ?? [], headers };
  const match = findRoute(loadService(service), request, path, bucket);
  return match === undefined ? undefined : [match.operation.name, match.labels];
}

const s3 = (method: string, path: string, asked: Asked = {}) => route('s3', method, path, { bucket: 'b', ...asked })?.[0];

test("S3's operations on one URI are told apart by literals, then by required parameters", () => {
  const upload = { query: 'partNumber=1&uploadId=u' };
  const copy = { 'x-amz-copy-source': '/b/k' };
  assert.equal(s3('PUT', '/k'), 'PutObject');
  assert.equal(s3('PUT', '/k', { query: 'x-id=PutObject' }), 'PutObject');
  assert.equal(s3('PUT', '/k', { query: 'tagging' }), 'PutObjectTagging');
  assert.equal(s3('PUT', '/k', { headers: copy }), 'CopyObject');
  assert.equal(s3('PUT', '/k', upload), 'UploadPart');
  assert.equal(s3('PUT', '/k', { ...upload, headers: copy }), 'UploadPartCopy');
  assert.equal(s3('GET', '/k'), 'GetObject');
  assert.equal(s3('GET', '/k', { query: 'uploadId=u' }), 'ListParts');
  assert.equal(s3('GET', '/k', { query: 'versionId=1&response-content-type=x' }), 'GetObject');
  assert.equal(s3('POST', '/k', { query: 'uploads=' }), 'CreateMultipartUpload');
  assert.equal(s3('POST', '/k', { query: 'uploadId=u' }), 'CompleteMultipartUpload');
  assert.equal(s3('DELETE', '/k', { query: 'uploadId=u' }), 'AbortMultipartUpload');
  assert.equal(s3('GET', '/'), 'ListObjects');
  assert.equal(s3('GET', '/', { query: 'list-type=2&prefix=x' }), 'ListObjectsV2');
  assert.equal(s3('GET', '/', { query: 'location' }), 'GetBucketLocation');
  assert.equal(s3('GET', '/', { query: 'analytics&id=x' }), 'GetBucketAnalyticsConfiguration');
  assert.equal(s3('GET', '/', { query: 'analytics' }), 'ListBucketAnalyticsConfigurations');
  assert.equal(s3('HEAD', '/'), 'HeadBucket');
  assert.equal(s3('POST', '/', { query: 'delete' }), 'DeleteObjects');
});

test('a required parameter that lacks is complained of later, and makes no other operation of the request', () => {
  assert.equal(s3('PUT', '/', { query: 'analytics' }), 'PutBucketAnalyticsConfiguration');
  assert.equal(s3('PUT', '/'), 'CreateBucket');
});

test('without a bucket there is only the list of buckets', () => {
  assert.deepEqual(route('s3', 'GET', '/'), ['ListBuckets', {}]);
  assert.equal(route('s3', 'PUT', '/'), undefined);
});

test('keys keep their slashes, wherever they stand', () => {
  for (const [path, key] of [
    ['/a/b', 'a/b'],
    ['/a/', 'a/'],
    ['//a', '/a'],
    ['/a//b', 'a//b'],
    ['/a%2Fb%20c+d', 'a/b c+d'],
    ['/%E2%82%AC', '€'],
    ['/..', '..'],
  ] as const)
    assert.deepEqual(route('s3', 'GET', path, { bucket: 'b' }), ['GetObject', { Key: key, Bucket: 'b' }], path);
  assert.equal(route('s3', 'GET', '/%ff', { bucket: 'b' }), undefined);
});

test("Lambda's paths: ARNs in one label, and the slash that old clients add", () => {
  assert.deepEqual(route('lambda', 'POST', '/2015-03-31/functions/'), ['CreateFunction', {}]);
  assert.deepEqual(route('lambda', 'GET', '/2015-03-31/functions/arn%3Aaws%3Alambda%3Ax%3Ay%3Afunction%3Az'), [
    'GetFunction',
    { FunctionName: 'arn:aws:lambda:x:y:function:z' },
  ]);
  assert.equal(route('lambda', 'GET', '/2015-03-31/functions/a/b/c/d'), undefined);
  assert.equal(route('lambda', 'PATCH', '/2015-03-31/functions'), undefined);
});

test('every operation of every RESTful service is found at its own URI', () => {
  for (const service of ['lambda', 's3', 'scheduler', 'api-gateway', 'apigatewayv2'] as const) {
    for (const operation of loadService(service).operations.values()) {
      if (['ListDirectoryBuckets', 'CreateSession', 'WriteGetObjectResponse'].includes(operation.name)) continue;
      assert.ok(operation.http !== undefined);
      const [path = '', literals = ''] = operation.http.uri.replaceAll(/\{\w+\+?\}/g, 'label').split('?');
      const required = operation.input.members.filter((member) => member.isRequired);
      const query = [
        literals,
        ...required.flatMap(({ traits }) => (traits.httpQuery === undefined ? [] : [`${traits.httpQuery}=1`])),
      ].join('&');
      const headers = Object.fromEntries(
        required.flatMap(({ traits }) => (traits.httpHeader === undefined ? [] : [[traits.httpHeader.toLowerCase(), '1']])),
      );
      const bucket = operation.input.members.some(({ name, traits }) => name === 'Bucket' && traits.httpLabel)
        ? { bucket: 'b' }
        : {};
      const found = route(service, operation.http.method, path, { query, headers, ...bucket });
      assert.equal(found?.[0], operation.name, `${service} ${operation.http.method} ${path}?${query}`);
    }
  }
});
