// ListObjects, ListObjectsV2 and ListObjectVersions, with the real client.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
  type ListObjectsV2CommandInput,
} from '@aws-sdk/client-s3';
import { error, houseOfThisFile } from './chapters.ts';

const opened = houseOfThisFile();
const KEYS = ['a', 'b c', 'dir/one', 'dir/two', 'dir/sub/three', 'e+f', 'ü'];
let Bucket = '';

before(async () => {
  Bucket = await opened.bucket();
  for (const key of KEYS) await opened.put(Bucket, key, key);
});

const list = async (input: Partial<ListObjectsV2CommandInput> = {}) => {
  const answer = await opened.s3.send(new ListObjectsV2Command({ Bucket, ...input }));
  return {
    ...answer,
    keys: answer.Contents?.map(({ Key }) => Key) ?? [],
    prefixes: answer.CommonPrefixes?.map(({ Prefix }) => Prefix) ?? [],
  };
};
const sorted = KEYS.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));

describe('ListObjectsV2: serialisation', () => {
  test('every object, in the order of bytes, with what S3 tells of each', async () => {
    const answer = await list();
    assert.deepEqual(answer.keys, sorted);
    assert.deepEqual(
      [answer.Name, answer.Prefix, answer.KeyCount, answer.MaxKeys, answer.IsTruncated],
      [Bucket, '', 7, 1000, false],
    );
    const [first] = answer.Contents ?? [];
    assert.deepEqual(
      [first?.Size, first?.ETag, first?.StorageClass, first?.Owner],
      [1, '"0cc175b9c0f1b6a831c399e269772661"', 'STANDARD', undefined],
    );
    assert.match((await list({ FetchOwner: true })).Contents?.[0]?.Owner?.ID ?? '', /^[0-9a-f]{64}$/);
  });

  test('prefix and delimiter fold', async () => {
    const answer = await list({ Delimiter: '/' });
    assert.deepEqual([answer.prefixes, answer.keys], [['dir/'], ['a', 'b c', 'e+f', 'ü']]);
    const below = await list({ Delimiter: '/', Prefix: 'dir/' });
    assert.deepEqual([below.prefixes, below.keys, below.KeyCount], [['dir/sub/'], ['dir/one', 'dir/two'], 3]);
  });

  test('names are percent-encoded for who asks for it', async () => {
    const answer = await list({ EncodingType: 'url', Delimiter: '/', Prefix: '', StartAfter: 'b c' });
    assert.deepEqual([answer.keys, answer.EncodingType, answer.StartAfter], [['e%2Bf', '%C3%BC'], 'url', 'b%20c']);
  });

  test('control characters in keys survive', async () => {
    const own = await opened.bucket();
    await opened.put(own, 'x\u0001\u001fy\ufffe', '');
    const answer = await opened.s3.send(new ListObjectsV2Command({ Bucket: own, EncodingType: 'url' }));
    assert.equal(decodeURIComponent(answer.Contents?.[0]?.Key ?? ''), 'x\u0001\u001fy\ufffe');
  });
});

describe('ListObjectsV2: validation', () => {
  test('what cannot be meant', async () => {
    await assert.rejects(list({ MaxKeys: -1 }), error('InvalidArgument', 400));
    await assert.rejects(list({ EncodingType: 'xml' as 'url' }), error('InvalidArgument', 400));
    await assert.rejects(list({ ContinuationToken: 'made up' }), error('InvalidArgument', 400));
    await assert.rejects(list({ Bucket: 'no-such-bucket' }), error('NoSuchBucket', 404));
  });

  test('a page has at most 1000 keys, and may have none', async () => {
    assert.equal((await list({ MaxKeys: 5000 })).MaxKeys, 1000);
    const none = await list({ MaxKeys: 0 });
    assert.deepEqual([none.keys, none.IsTruncated, none.KeyCount], [[], false, 0]);
  });
});

describe('ListObjectsV2: behaviour', () => {
  test('pages go on where the one before ended, objects and prefixes counted together', async () => {
    const found: unknown[] = [];
    for await (const page of paginateListObjectsV2({ client: opened.s3, pageSize: 2 }, { Bucket, Delimiter: '/' })) {
      assert.ok((page.KeyCount ?? 0) <= 2);
      found.push(...(page.Contents?.map(({ Key }) => Key) ?? []), ...(page.CommonPrefixes?.map(({ Prefix }) => Prefix) ?? []));
    }
    assert.deepEqual(new Set(found), new Set(['a', 'b c', 'dir/', 'e+f', 'ü']));
    assert.equal(found.length, 5);
  });

  test('StartAfter begins behind a key, and a token outranks it', async () => {
    assert.deepEqual((await list({ StartAfter: 'dir/two' })).keys, ['e+f', 'ü']);
    const { NextContinuationToken } = await list({ MaxKeys: 1 });
    assert.equal((await list({ StartAfter: 'ü', ContinuationToken: NextContinuationToken })).keys[0], 'b c');
  });
});

describe('ListObjects', () => {
  test('NextMarker is told only with a delimiter', async () => {
    const plain = await opened.s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 2 }));
    assert.deepEqual([plain.IsTruncated, plain.NextMarker, plain.Contents?.length], [true, undefined, 2]);
    assert.match(plain.Contents?.[0]?.Owner?.ID ?? '', /^[0-9a-f]{64}$/);
    const folded = await opened.s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 3, Delimiter: '/' }));
    assert.equal(folded.NextMarker, 'dir/');
    const rest = await opened.s3.send(new ListObjectsCommand({ Bucket, Delimiter: '/', Marker: folded.NextMarker }));
    assert.deepEqual(
      rest.Contents?.map(({ Key }) => Key),
      ['e+f', 'ü'],
    );
  });
});

describe('ListObjectVersions', () => {
  test('each object is its own latest version, and pages go on', async () => {
    const first = await opened.s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 5 }));
    assert.deepEqual([first.IsTruncated, first.NextKeyMarker, first.NextVersionIdMarker], [true, 'dir/two', 'null']);
    assert.ok(first.Versions?.every(({ VersionId, IsLatest }) => VersionId === 'null' && IsLatest));
    const rest = await opened.s3.send(
      new ListObjectVersionsCommand({ Bucket, KeyMarker: first.NextKeyMarker, VersionIdMarker: 'null' }),
    );
    assert.deepEqual(
      rest.Versions?.map(({ Key }) => Key),
      ['e+f', 'ü'],
    );
  });
});
