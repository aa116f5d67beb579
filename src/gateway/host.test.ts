// Hosts: buckets and services before the base domains, and names that say nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostReader } from './host.ts';

const read = hostReader(['cloud.example.org']);

test('a bucket stands before the base domain, with s3 between or without', () => {
  for (const [host, bucket] of [
    ['photos.localhost:4566', 'photos'],
    ['photos.s3.localhost', 'photos'],
    ['photos.s3.eu-west-1.localhost.localstack.cloud:4566', 'photos'],
    ['my.dotted.bucket.s3.cloud.example.org', 'my.dotted.bucket'],
    ['photos.cloud.example.org', 'photos'],
    ['photos.s3.amazonaws.com', 'photos'],
    ['photos.s3.us-gov-west-1.amazonaws.com', 'photos'],
    ['photos.s3-eu-west-1.amazonaws.com', 'photos'],
    ['PHOTOS.LOCALHOST', 'photos'],
  ] as const)
    assert.equal(read(host).bucket, bucket, host);
});

test('without a bucket the host says none', () => {
  const hosts = [
    '127.0.0.1:4566',
    '[::1]:4566',
    'localhost',
    's3.localhost',
    's3.eu-west-1.localhost',
    's3.amazonaws.com',
    'lambda.us-east-1.amazonaws.com',
    'elsewhere.test',
    '',
  ];
  for (const host of [...hosts, undefined]) assert.equal(read(host).bucket, undefined, host);
});

test('the first label may name a service', () => {
  assert.equal(read('lambda.us-east-1.localhost.localstack.cloud').label, 'lambda');
  assert.equal(read('sync-states.localhost').label, 'sync-states');
  assert.equal(read('127.0.0.1').label, undefined);
});

test('a name that somebody else made point here is not ours', () => {
  for (const host of [
    '127.0.0.1:4566',
    '[::1]:4566',
    'localhost:4566',
    'b.s3.localhost',
    'cloud.example.org',
    's3.amazonaws.com',
    undefined,
  ])
    assert.equal(read(host).isOurs, true, host);
  for (const host of ['evil.example:4566', 'localhost.evil.example', '127.0.0.1.evil.example', 'mylocalhost'])
    assert.equal(read(host).isOurs, false, host);
});

test('URLs that we hand out lead to the same place without the bucket', () => {
  assert.equal(read('photos.s3.localhost:4566').origin, 's3.localhost:4566');
  assert.equal(read('photos.localhost:4566').origin, 'localhost:4566');
  assert.equal(read('127.0.0.1:4566').origin, '127.0.0.1:4566');
});
