// Names of buckets and keys, and the rules of tags: the examples of AWS's own pages.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '#kernel';
import { isBucketName, locationOf } from './bucket-name.ts';
import { checkObjectKey } from './object-key.ts';
import { bucketTags, objectTags, tagsFromHeader } from './tags.ts';

const refusal = (code: string) => (error: unknown) => error instanceof ApiError && error.code === code;

test('names that S3 takes', () => {
  for (const name of ['abc', 'docexamplebucket-1a1b2c3d4-5e6f7g8h9i0j', 'my.example.bucket', '0-9', 'a'.repeat(63)])
    assert.ok(isBucketName(name), name);
});

test('names that S3 refuses', () => {
  const refused = [
    'ab',
    'a'.repeat(64),
    'doc_example_bucket',
    'DocExampleBucket',
    'doc-example-bucket-',
    '-doc',
    '.doc',
    'doc..bucket',
    '192.168.5.4',
    'xn--bucket',
    'sthree-bucket',
    'amzn-s3-demo-bucket',
    'bucket-s3alias',
    'bucket--ol-s3',
    'bucket.mrap',
    'bucket--x-s3',
    'bücket',
    'bucket/key',
    '',
  ];
  for (const name of refused) assert.ok(!isBucketName(name), name);
});

test('a location is any region, and us-east-1 is none', () => {
  for (const none of [undefined, '', 'us-east-1']) assert.equal(locationOf(none), undefined);
  for (const region of ['eu-west-1', 'EU', 'us-gov-west-1', 'ap-southeast-4']) assert.equal(locationOf(region), region);
  for (const nonsense of ['europe', 'eu-west', '../x', 'EU-WEST-1'])
    assert.throws(() => locationOf(nonsense), refusal('InvalidLocationConstraint'));
});

test('a key has 1 to 1024 bytes of UTF-8', () => {
  for (const key of ['a', 'ü'.repeat(512), 'a//b/../c', '/', 'a b+c%2F', '\u0001']) checkObjectKey(key);
  assert.throws(() => checkObjectKey('ü'.repeat(513)), refusal('KeyTooLongError'));
  assert.throws(() => checkObjectKey(''), refusal('InvalidRequest'));
});

test('an object has ten tags, a bucket fifty', () => {
  const tags = (count: number) => Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value: 'v' }));
  assert.equal(Object.keys(objectTags(tags(10))).length, 10);
  assert.throws(() => objectTags(tags(11)), refusal('BadRequest'));
  assert.equal(Object.keys(bucketTags(tags(50))).length, 50);
  assert.throws(() => bucketTags(tags(51)), refusal('BadRequest'));
});

test('a tag has a key of 1 to 128 characters, a value of at most 256, no odd characters, and a key of its own', () => {
  assert.deepEqual(objectTags([{ key: 'Größe', value: 'a b+c/d:e=f_g.h@i-j' }]), { Größe: 'a b+c/d:e=f_g.h@i-j' });
  const refused = [
    [{ key: '', value: '' }],
    [{ key: 'k'.repeat(129), value: '' }],
    [{ key: 'k', value: 'v'.repeat(257) }],
    [{ key: 'k#', value: '' }],
    [{ key: 'k', value: 'a;b' }],
    [{ key: 'aws:k', value: '' }],
    [
      { key: 'k', value: '1' },
      { key: 'k', value: '2' },
    ],
  ];
  for (const tags of refused) assert.throws(() => objectTags(tags), refusal('InvalidTag'), JSON.stringify(tags));
});

test('a header carries tags as a query string', () => {
  assert.deepEqual(tagsFromHeader('project=a%20b+c&draft&x=%2B'), { project: 'a b c', draft: '', x: '+' });
  assert.deepEqual(tagsFromHeader(undefined), {});
});

test('tags named like the members of every object are tags', () => {
  assert.deepEqual(Object.keys(objectTags([{ key: '__proto__', value: 'x' }])), ['__proto__']);
});
