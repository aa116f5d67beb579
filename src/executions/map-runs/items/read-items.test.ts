// Items out of real buckets: each kind of dataset, what is refused, and what is too much.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { LIMITS } from '#kernel';
import type { Json, JsonObject } from '#workflows';
import { bucketsHouse, scope, type BucketsHouse } from '../../../../test/support/buckets-house.ts';
import { facts } from '../../../../test/support/flow-runner.ts';
import { seededRandom } from '../../../../test/support/seeded-random.ts';
import { readListing } from './datasets.ts';
import { ItemList } from './item-list.ts';
import { readItems } from './read-items.ts';

const GET = 'arn:aws:states:::s3:getObject';
const LIST = 'arn:aws:states:::s3:listObjectsV2';
const FIRST_ROW = { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' };

type Read = Awaited<ReturnType<typeof readItems>>;

interface Reader {
  readonly house: BucketsHouse;
  readonly get: (content: string | Uint8Array, config: JsonObject) => Promise<Read>;
  readonly read: (resource: string, config: JsonObject, parameters: Json) => Promise<Read>;
}

async function reader(t: TestContext): Promise<Reader> {
  const house = await bucketsHouse(t);
  const read: Reader['read'] = (resource, config, parameters) =>
    readItems(
      { random: seededRandom(1), buckets: house.buckets },
      {
        scope,
        facts: facts(),
        command: { kind: 'read-items', readId: 'root:read:1:0', resource, config, parameters },
        signal: new AbortController().signal,
      },
    );
  return {
    house,
    read,
    async get(content, config) {
      await house.put('data', content);
      return read(GET, config, { Bucket: 'box', Key: 'data' });
    },
  };
}

function itemsOf(read: Read): readonly Json[] {
  assert(read.kind === 'items', JSON.stringify(read));
  const counted = read.origin.sources.reduce((sum, { items }) => sum + items, 0);
  assert.equal(counted, read.items.length, 'each item has a source');
  return read.items;
}

function causeOf(read: Read): string {
  assert(read.kind === 'failed', JSON.stringify(read).slice(0, 200));
  return read.cause;
}

test('JSON: the elements of an array, the members of an object with their keys, and what a pointer points to', async (t) => {
  const { get } = await reader(t);
  const json = { InputType: 'JSON' };
  assert.deepEqual(itemsOf(await get('[1, {"a": [2]}, "x", null]', json)), [1, { a: [2] }, 'x', null]);
  assert.deepEqual(itemsOf(await get('[]', json)), []);
  const members = await get('{"b": 2, "a": {"c": 1}}', json);
  assert.deepEqual(itemsOf(members), [2, { c: 1 }]);
  assert.deepEqual(members.kind === 'items' && members.origin, { sources: [{ uri: 's3://box/data', items: 2 }], keys: ['b', 'a'] });
  const nested = '{"data": {"a/b": [{"~": [1, 2]}]}}';
  assert.deepEqual(itemsOf(await get(nested, { ...json, ItemsPointer: '/data/a~1b/0/~0' })), [1, 2]);
  assert.match(causeOf(await get(nested, { ...json, ItemsPointer: '/data/none' })), /points to nothing/);
  assert.match(causeOf(await get(nested, { ...json, ItemsPointer: 'data' })), /begins with '\/'/);
});

test('JSON that is none, or nothing to iterate over, fails with what is wrong', async (t) => {
  const { get } = await reader(t);
  for (const text of ['', '[1, 2', '[1,,2]', 'nonsense', '{"a":'])
    assert.match(causeOf(await get(text, { InputType: 'JSON' })), /s3:\/\/box\/data is not valid JSON/);
  assert.equal(causeOf(await get('17', { InputType: 'JSON' })), 'Attempting to map over non-iterable node.');
});

test('an array of many pieces is read element by element', async (t) => {
  const { get } = await reader(t);
  const rows = Array.from({ length: 10_000 }, (_, id) => ({ id, text: 'äöü"\\]' }));
  assert.deepEqual(itemsOf(await get(JSON.stringify(rows), { InputType: 'JSON' })), rows);
});

test('JSON Lines: an item for each line that holds something; a line that is none is named', async (t) => {
  const { get } = await reader(t);
  const lines = { InputType: 'JSONL' };
  assert.deepEqual(itemsOf(await get('{"id":"x"}\r\n\n"y"\n', lines)), [{ id: 'x' }, 'y']);
  assert.deepEqual(itemsOf(await get('', lines)), []);
  assert.match(causeOf(await get('1\n{"a"\n', lines)), /not valid JSONL: line 2/);
});

test('CSV: the first row names the fields; what is missing is empty, what has no name is passed over', async (t) => {
  const { get } = await reader(t);
  assert.deepEqual(itemsOf(await get('\ufeffid,name\n1,Ann\n2\n3,Bob,more\n', FIRST_ROW)), [
    { id: '1', name: 'Ann' },
    { id: '2', name: '' },
    { id: '3', name: 'Bob' },
  ]);
  assert.deepEqual(itemsOf(await get('', FIRST_ROW)), []);
  assert.deepEqual(itemsOf(await get('id,name\n', FIRST_ROW)), []);
});

test('CSV: headers that are given, and each delimiter', async (t) => {
  const { get } = await reader(t);
  const given = { InputType: 'CSV', CSVHeaderLocation: 'GIVEN', CSVHeaders: ['id', '__proto__'], CSVDelimiter: 'PIPE' };
  const [first] = itemsOf(await get('1|a,b\n', given));
  assert.deepEqual(Object.entries(first as JsonObject), [
    ['id', '1'],
    ['__proto__', 'a,b'],
  ]);
  assert.match(causeOf(await get('1', { ...given, CSVHeaders: [] })), /CSVHeaders/);
  assert.match(causeOf(await get('1', { ...given, CSVDelimiter: 'COLON' })), /CSVDelimiter/);
  assert.match(causeOf(await get(`${'h'.repeat(LIMITS.csvHeaderBytes + 1)}\n1`, FIRST_ROW)), /header/);
});

test('MaxItems ends the reading; what would come behind is not looked at', async (t) => {
  const { get } = await reader(t);
  assert.deepEqual(itemsOf(await get('1\n2\nbroken', { InputType: 'JSONL', MaxItems: 2 })), [1, 2]);
  assert.deepEqual(itemsOf(await get('[1,2,3]', { InputType: 'JSON', MaxItems: '2' })), [1, 2]);
  assert.deepEqual(itemsOf(await get('[1,2,3]', { InputType: 'JSON', MaxItems: 0 })), [1, 2, 3]);
  assert.match(causeOf(await get('[1]', { InputType: 'JSON', MaxItems: -1 })), /MaxItems/);
});

test('compressed objects are unpacked, whatever they are called; one that is cut off is told', async (t) => {
  const { get } = await reader(t);
  const text = Array.from({ length: 20_000 }, (_, index) => `{"n":${index}}`).join('\n');
  const lines = { InputType: 'JSONL' };
  assert.equal(itemsOf(await get(gzipSync(text), lines)).length, 20_000);
  assert.equal(itemsOf(await get(zstdCompressSync(text), lines)).length, 20_000);
  const packed = gzipSync(text);
  assert.match(causeOf(await get(packed.subarray(0, packed.length / 2), lines)), /cannot be unpacked/);
});

test('a listing: every object under the prefix, page after page, as AWS describes it', async (t) => {
  const { house, read } = await reader(t);
  await house.buckets.createBucket({ scope, bucket: 'many' });
  const keys = Array.from({ length: 1005 }, (_, index) => `in/${String(index).padStart(4, '0')}`);
  for (const key of keys) await house.put(key, 'x', 'many');
  await house.put('out/other', 'x', 'many');
  const listed = await read(LIST, {}, { Bucket: 'many', Prefix: 'in/' });
  const items = itemsOf(listed) as readonly JsonObject[];
  assert.deepEqual(
    items.map(({ Key }) => Key),
    keys,
  );
  assert.deepEqual(items[0], {
    Etag: '"9dd4e461268c8034f5c8564e155c67a6"',
    Key: 'in/0000',
    LastModified: Math.floor(house.clock.now() / 1000),
    Size: 1,
    StorageClass: 'STANDARD',
  });
  assert.deepEqual(listed.kind === 'items' && listed.origin.sources, [{ uri: 's3://many', items: 1005 }]);
  assert.deepEqual(itemsOf(await read(LIST, {}, { Bucket: 'many', Prefix: 'none/' })), []);
  assert.equal(itemsOf(await read(LIST, { MaxItems: 3 }, { Bucket: 'many' })).length, 3);
});

test('LOAD_AND_FLATTEN: the items of all the objects, each with its source', async (t) => {
  const { house, read } = await reader(t);
  await house.put('in/', '');
  await house.put('in/a.json', '[1, 2]');
  await house.put('in/b.json', '[3]');
  const flat = await read(LIST, { Transformation: 'LOAD_AND_FLATTEN', InputType: 'JSON' }, { Bucket: 'box', Prefix: 'in/' });
  assert.deepEqual(itemsOf(flat), [1, 2, 3]);
  assert.deepEqual(flat.kind === 'items' && flat.origin.sources, [
    { uri: 's3://box/in/a.json', items: 2 },
    { uri: 's3://box/in/b.json', items: 1 },
  ]);
});

test("an inventory: the rows of its files, with the schema's names", async (t) => {
  const { house, get } = await reader(t);
  await house.put('data/1.csv.gz', gzipSync('"box","a%20b","12"\n"box","c","3"\n'));
  await house.put('data/2.csv.gz', gzipSync('"box","d","4"\n'));
  const manifest = {
    sourceBucket: 'box',
    destinationBucket: 'arn:aws:s3:::box',
    fileFormat: 'CSV',
    fileSchema: 'Bucket, Key, Size',
    files: [{ key: 'data/1.csv.gz' }, { key: 'data/2.csv.gz' }],
  };
  const config = { InputType: 'MANIFEST', ManifestType: 'S3_INVENTORY' };
  assert.deepEqual(itemsOf(await get(JSON.stringify(manifest), config)), [
    { Bucket: 'box', Key: 'a%20b', Size: '12' },
    { Bucket: 'box', Key: 'c', Size: '3' },
    { Bucket: 'box', Key: 'd', Size: '4' },
  ]);
  assert.equal(itemsOf(await get(JSON.stringify(manifest), { InputType: 'MANIFEST', MaxItems: 1 })).length, 1);
  assert.match(causeOf(await get(JSON.stringify({ ...manifest, fileFormat: 'Parquet' }), config)), /only CSV/);
  assert.match(causeOf(await get('[]', config)), /no manifest/);
});

test('what Athena unloaded: the items of the objects that the manifest names', async (t) => {
  const { house, get } = await reader(t);
  await house.put('out/1.gz', gzipSync('{"n":1}\n'));
  await house.put('out/2.gz', gzipSync('{"n":2}\n'));
  const config = { ManifestType: 'ATHENA_DATA', InputType: 'JSONL' };
  assert.deepEqual(itemsOf(await get('s3://box/out/1.gz\n"s3://box/out/2.gz"\n', config)), [{ n: 1 }, { n: 2 }]);
  assert.match(causeOf(await get('nonsense\n', config)), /no manifest of Athena/);
});

test('what buckets refuse is told in the words of the SDK', async (t) => {
  const { read } = await reader(t);
  const json = { InputType: 'JSON' };
  assert.match(
    causeOf(await read(GET, json, { Bucket: 'box', Key: 'none' })),
    /^The specified key does not exist\. \(Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey; Request ID: [0-9a-f-]{36}; Proxy: null\)$/,
  );
  assert.match(causeOf(await read(LIST, {}, { Bucket: 'nowhere' })), /Error Code: NoSuchBucket/);
});

test('what is not served is refused by its name', async (t) => {
  const { read, get } = await reader(t);
  const object = { Bucket: 'box', Key: 'data' };
  assert.match(causeOf(await get('x', { InputType: 'PARQUET' })), /PARQUET is not read here/);
  assert.match(causeOf(await read(GET, { InputType: 'JSON' }, { ...object, VersionId: '1' })), /'VersionId' is not supported/);
  assert.match(causeOf(await read(GET, { InputType: 'JSON' }, { ...object, Range: 'bytes=0-1' })), /'Range' is not supported/);
  assert.match(causeOf(await read(GET, { InputType: 'JSON' }, { Bucket: 'box' })), /'Key' is required/);
  assert.match(causeOf(await read('arn:aws:states:::s3:putObject', { InputType: 'JSON' }, object)), /cannot read items/);
  assert.match(
    causeOf(await read(GET, { InputType: 'JSON' }, { ...object, ExpectedBucketOwner: '222222222222' })),
    /another owner/,
  );
});

test('more items, or more bytes, than a map may have are refused with what to do', async (t) => {
  const { get } = await reader(t);
  const many = `[${'1,'.repeat(LIMITS.mapItems)}1]`;
  assert.match(causeOf(await get(many, { InputType: 'JSON' })), /more than 250000 items\. Read fewer with MaxItems/);
  const text = JSON.stringify('x'.repeat(1024 * 1024));
  const large = `[${Array.from({ length: 13 }, () => text).join(',')}]`;
  assert.match(causeOf(await get(large, { InputType: 'JSON' })), /more than 12582912 characters/);
  assert.match(
    causeOf(await get(`{"a":"${'x'.repeat(LIMITS.mapDocumentBytes)}"}`, { InputType: 'JSON' })),
    /as an array, or as JSON Lines/,
  );
});

test('what is nested too deep is refused, in whichever format', async (t) => {
  const { get } = await reader(t);
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  const whole = nested(LIMITS.dataDepth);
  assert.equal(itemsOf(await get(whole, { InputType: 'JSONL' })).length, 1);
  const deep = nested(100_000);
  for (const [config, text] of [
    [{ InputType: 'JSONL' }, deep],
    [{ InputType: 'JSON' }, `[${deep}]`],
    [{ InputType: 'JSON' }, `{"a":${deep}}`],
    [{ InputType: 'JSON', ItemsPointer: '/a' }, `{"a":${deep}}`],
  ] as const)
    assert.match(causeOf(await get(text, config)), /nested deeper than 1000 levels/);
});

test('a line that comes in many pieces is one item, and objects without items are no sources', async (t) => {
  const { house, get, read } = await reader(t);
  const long = 'x'.repeat(1_000_000);
  assert.deepEqual(itemsOf(await get(`1\n"${long}"\n\n2`, { InputType: 'JSONL' })), [1, long, 2]);
  assert.match(causeOf(await get('x'.repeat(LIMITS.mapRecordBytes + 1_000_000), { InputType: 'JSONL' })), /line 1 is too long/);
  for (const [key, text] of Object.entries({ 'in/1': '', 'in/2': '\n', 'in/3': '7' })) await house.put(key, text);
  const flat = await read(LIST, { Transformation: 'LOAD_AND_FLATTEN', InputType: 'JSONL' }, { Bucket: 'box', Prefix: 'in/' });
  assert.deepEqual(flat.kind === 'items' && flat.origin.sources, [{ uri: 's3://box/in/3', items: 1 }]);
});

test('what all the objects of a dataset hold together is bounded, and told', async (t) => {
  const { house } = await reader(t);
  await house.put('in/1', gzipSync('\n'.repeat(600)));
  await house.put('in/2', gzipSync('\n'.repeat(600)));
  const read = { bytes: LIMITS.mapReadBytes - 1000 };
  const readers = { buckets: house.buckets, signal: new AbortController().signal, read };
  const query = { scope, bucket: 'box', prefix: 'in/', format: { kind: 'JSONL' } } as const;
  await assert.rejects(
    readListing(readers, query, new ItemList(undefined)),
    /more than 1073741824 bytes up to s3:\/\/box\/in\/2\. Read fewer with MaxItems, or divide it/,
  );
});

test('reading ends where it is interrupted', async (t) => {
  const { house } = await reader(t);
  await house.put('data', '[1]');
  const command = {
    kind: 'read-items',
    readId: 'r',
    resource: GET,
    config: { InputType: 'JSON' },
    parameters: { Bucket: 'box', Key: 'data' },
  } as const;
  const parts = { random: seededRandom(1), buckets: house.buckets };
  assert.deepEqual(await readItems(parts, { scope, facts: facts(), command, signal: AbortSignal.abort() }), {
    kind: 'interrupted',
  });
});
