// CreateBucket, HeadBucket, ListBuckets, GetBucketLocation, DeleteBucket, and the tags of buckets and objects, with the real client.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetBucketLocationCommand,
  GetBucketTaggingCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  paginateListBuckets,
  PutBucketTaggingCommand,
  PutObjectTaggingCommand,
  type CreateBucketCommandInput,
} from '@aws-sdk/client-s3';
import { error, houseOfThisFile } from './chapters.ts';

const opened = houseOfThisFile();
const create = (input: CreateBucketCommandInput) => opened.s3.send(new CreateBucketCommand(input));

describe('CreateBucket', () => {
  test('serialisation: it says where it is, and is found', async () => {
    const { Location, BucketArn } = await create({ Bucket: 'found' });
    assert.deepEqual([Location, BucketArn], ['/found', 'arn:aws:s3:::found']);
    const head = await opened.s3.send(new HeadBucketCommand({ Bucket: 'found' }));
    assert.deepEqual([head.BucketRegion, head.BucketArn], ['us-east-1', 'arn:aws:s3:::found']);
  });

  test('serialisation: a location that was asked for is told again', async () => {
    await create({ Bucket: 'elsewhere', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } });
    const { LocationConstraint } = await opened.s3.send(new GetBucketLocationCommand({ Bucket: 'elsewhere' }));
    assert.equal(LocationConstraint, 'eu-west-1');
    await create({ Bucket: 'here' });
    const here = await opened.s3.send(new GetBucketLocationCommand({ Bucket: 'here' }));
    assert.equal(here.LocationConstraint, undefined);
  });

  test('validation: names, locations and what is not offered', async () => {
    for (const Bucket of ['ab', 'Upper', 'under_score', '192.168.5.4', 'xn--x', 'a..b', '-a-'])
      await assert.rejects(create({ Bucket }), error('InvalidBucketName', 400), Bucket);
    const refused: readonly (readonly [Partial<CreateBucketCommandInput>, string])[] = [
      [{ CreateBucketConfiguration: { LocationConstraint: 'nowhere' as 'EU' } }, 'InvalidLocationConstraint'],
      [{ ACL: 'public-read' }, 'AccessControlListNotSupported'],
      [{ ObjectLockEnabledForBucket: true }, 'NotImplemented'],
      [{ ObjectOwnership: 'ObjectWriter' }, 'NotImplemented'],
    ];
    for (const [more, name] of refused) await assert.rejects(create({ Bucket: 'refused', ...more }), error(name, 400));
    await assert.rejects(opened.s3.send(new HeadBucketCommand({ Bucket: 'refused' })), error('NotFound', 404));
  });

  test('behaviour: made again it is still the same', async () => {
    await create({ Bucket: 'twice', CreateBucketConfiguration: { Tags: [{ Key: 'a', Value: '1' }] } });
    await opened.put('twice', 'kept', 'x');
    await create({ Bucket: 'twice' });
    assert.equal(await opened.text('twice', 'kept'), 'x');
    const { TagSet } = await opened.s3.send(new GetBucketTaggingCommand({ Bucket: 'twice' }));
    assert.deepEqual(TagSet, [{ Key: 'a', Value: '1' }]);
  });
});

describe('ListBuckets', () => {
  test('serialisation: names in order, with dates and the owner', async () => {
    for (const Bucket of ['list-b', 'list-a', 'list-c']) await create({ Bucket });
    const { Buckets, Owner } = await opened.s3.send(new ListBucketsCommand({ Prefix: 'list-' }));
    assert.deepEqual(
      Buckets?.map(({ Name }) => Name),
      ['list-a', 'list-b', 'list-c'],
    );
    assert.ok(Buckets?.every(({ CreationDate }) => CreationDate instanceof Date));
    assert.match(Owner?.ID ?? '', /^[0-9a-f]{64}$/);
  });

  test('validation: 1 to 10,000 a page', async () => {
    for (const MaxBuckets of [0, 10_001])
      await assert.rejects(opened.s3.send(new ListBucketsCommand({ MaxBuckets })), error('InvalidArgument', 400));
  });

  test('behaviour: pages go on', async () => {
    for (const Bucket of ['page-1', 'page-2', 'page-3']) await create({ Bucket });
    const names: (string | undefined)[] = [];
    for await (const page of paginateListBuckets({ client: opened.s3, pageSize: 2 }, { Prefix: 'page-' }))
      names.push(...(page.Buckets?.map(({ Name }) => Name) ?? []));
    assert.deepEqual(names, ['page-1', 'page-2', 'page-3']);
  });
});

describe('DeleteBucket', () => {
  test('behaviour: only when it is empty; unfinished uploads go with it', async () => {
    const Bucket = await opened.bucket();
    await opened.put(Bucket, 'a');
    await assert.rejects(opened.s3.send(new DeleteBucketCommand({ Bucket })), error('BucketNotEmpty', 409));
    await opened.s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await opened.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'unfinished' }));
    assert.equal((await opened.s3.send(new DeleteBucketCommand({ Bucket }))).$metadata.httpStatusCode, 204);
    await assert.rejects(opened.s3.send(new DeleteBucketCommand({ Bucket })), error('NoSuchBucket', 404));
  });
});

describe('tags', () => {
  test('of a bucket: none, some, none again', async () => {
    const Bucket = await opened.bucket();
    const get = () => opened.s3.send(new GetBucketTaggingCommand({ Bucket }));
    await assert.rejects(get(), error('NoSuchTagSet', 404));
    const TagSet = [{ Key: 'team', Value: 'blue + red' }];
    await opened.s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    assert.deepEqual((await get()).TagSet, TagSet);
    const twice = [...TagSet, ...TagSet];
    await assert.rejects(
      opened.s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: twice } })),
      error('InvalidTag', 400),
    );
    await opened.s3.send(new DeleteBucketTaggingCommand({ Bucket }));
    await assert.rejects(get(), error('NoSuchTagSet', 404));
  });

  test('of an object', async () => {
    const Bucket = await opened.bucket();
    await opened.put(Bucket, 'a', 'x', { Tagging: 'old=1' });
    const ref = { Bucket, Key: 'a' };
    const TagSet = [{ Key: 'new', Value: 'ä=+&' }];
    await assert.rejects(opened.s3.send(new PutObjectTaggingCommand({ ...ref, Tagging: { TagSet } })), error('InvalidTag', 400));
    const valid = [{ Key: 'new', Value: 'ä=+' }];
    await opened.s3.send(new PutObjectTaggingCommand({ ...ref, Tagging: { TagSet: valid } }));
    assert.deepEqual((await opened.s3.send(new GetObjectTaggingCommand(ref))).TagSet, valid);
    await opened.s3.send(new DeleteObjectTaggingCommand(ref));
    assert.deepEqual((await opened.s3.send(new GetObjectTaggingCommand(ref))).TagSet ?? [], []);
    await assert.rejects(opened.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'no' })), error('NoSuchKey', 404));
  });
});
