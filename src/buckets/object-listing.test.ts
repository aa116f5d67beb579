// Listings against a model: whatever the keys, prefix, delimiter and page size, the pages say what sorting and folding says.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as check, asyncProperty, constantFrom, integer, string, uniqueArray } from 'fast-check';
import { actor, bucketsHouse, scope, type BucketsHouse } from '../../test/support/buckets-house.ts';
import { effort } from '../../test/support/effort.ts';

const box = { scope, bucket: 'box' };
const byBytes = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other));

interface Question {
  readonly prefix: string;
  readonly delimiter: string;
  readonly after: string;
}

/** Everything that is asked for, in order; common prefixes are marked. */
function expected(keys: readonly string[], { prefix, delimiter, after }: Question): readonly string[] {
  const names = new Set<string>();
  for (const key of keys.toSorted(byBytes)) {
    if (!key.startsWith(prefix)) continue;
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = cut < 0 ? key : key.slice(0, cut + delimiter.length);
    if (byBytes(name, after) > 0) names.add(cut < 0 ? `key ${name}` : `prefix ${name}`);
  }
  return [...names];
}

async function listed(
  house: BucketsHouse,
  { prefix, delimiter, after: start }: Question,
  limit: number,
): Promise<readonly string[]> {
  const names: string[] = [];
  let after: string | undefined = start;
  do {
    const page = await house.buckets.listObjects({ ...box, prefix, delimiter, after, limit });
    const found = [
      ...page.objects.map(({ key }) => ({ name: key, text: `key ${key}` })),
      ...page.commonPrefixes.map((name) => ({ name, text: `prefix ${name}` })),
    ].sort((one, other) => byBytes(one.name, other.name));
    assert.ok(found.length <= limit);
    assert.ok(page.next === undefined || found.length === limit, 'a page that is not the last is full');
    names.push(...found.map(({ text }) => text));
    after = page.next;
  } while (after !== undefined);
  return names;
}

test('pages put together are the sorted and folded keys', async (t) => {
  const house = await bucketsHouse(t);
  const piece = constantFrom('a', 'b', '/', '//', 'ä', '𝒳', '\uffff', ' ', '+', '%2F', '..', '\u0001');
  const key = array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''));
  const some = array(piece, { maxLength: 2 }).map((pieces) => pieces.join(''));
  await check(
    asyncProperty(
      uniqueArray(key, { maxLength: 12 }),
      some,
      constantFrom('', '/', 'a', '//'),
      some,
      integer({ min: 1, max: 5 }),
      async (keys, prefix, delimiter, after, limit) => {
        for (const key of keys) await house.put(key, '');
        assert.deepEqual(await listed(house, { prefix, delimiter, after }, limit), expected(keys, { prefix, delimiter, after }));
        await house.buckets.removeObjects({ ...box, keys: keys.map((key) => ({ key })), actor });
      },
    ),
    { numRuns: effort(40, 1000) },
  );
});

test('a key is kept as it came', async (t) => {
  const house = await bucketsHouse(t);
  await check(
    asyncProperty(string({ unit: 'binary', minLength: 1, maxLength: 60 }), async (key) => {
      await house.put(key, key);
      assert.equal(await house.text(key), key);
      const { objects } = await house.buckets.listObjects({ ...box, prefix: key, limit: 1 });
      assert.equal(objects[0]?.key, key);
      await house.buckets.removeObject({ ...box, key, actor });
    }),
    { numRuns: effort(40, 1000) },
  );
});

test('a page of nothing is complete', async (t) => {
  const house = await bucketsHouse(t);
  await house.put('a', '');
  assert.deepEqual(await house.buckets.listObjects({ ...box, limit: 0 }), { objects: [], commonPrefixes: [], next: undefined });
});
