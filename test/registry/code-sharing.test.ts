// Functions that share code come and go at the same time: whoever is left has its code, and no code is left that nobody has.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { removeUse } from '../../src/registry/code/code-records.ts';
import { functionKey } from '../../src/registry/functions/function-documents.ts';
import { checkUnzippedTotal } from '../../src/registry/layers/layer-attachment.ts';
import { seededRandom } from '../support/seeded-random.ts';
import type { TemporaryRegistry } from '../support/temporary-registry.ts';
import { openTemporaryRegistry, ROLE, SCOPE, temporaryRegistry } from '../support/temporary-registry.ts';
import { zipOf } from '../support/zip.ts';

const TEXTS = ['one', 'two'];
const archives = await Promise.all(TEXTS.map((text) => zipOf({ 'index.js': text })));

const create = ({ registry }: TemporaryRegistry, name: string, code: number) =>
  registry.functions.create(SCOPE, {
    FunctionName: name,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role: ROLE,
    Code: { ZipFile: archives[code] },
  });

/** What a race may answer; anything else is a fault. */
const EXPECTED = /^(ResourceNotFoundException|ResourceConflictException)$/;
const tolerate = (call: Promise<unknown>) =>
  call.catch((error: { code?: string }) => {
    if (!EXPECTED.test(error.code ?? '')) throw error;
  });

/** Blobs as they lie on the disk: the port does not list what this process made. */
async function archivesIn({ folder }: TemporaryRegistry): Promise<number> {
  const entries = await readdir(join(folder, 'blobs'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

describe('shared code', () => {
  it('is stored once, and opened once', async (t) => {
    const house = await temporaryRegistry(t);
    await Promise.all(Array.from({ length: 6 }, (_, index) => create(house, `f${index}`, 0)));
    await house.registry.idle();
    assert.equal(await archivesIn(house), 1);
    assert.equal((await readdir(house.codeFolder)).length, 1);
  });

  it('can be uploaded again in the very moment in which its last user goes', async (t) => {
    const house = await temporaryRegistry(t);
    for (let round = 0; round < 40; round++) {
      await create(house, `last${round}`, 0);
      // A different moment of the removal in every round: deletion answers first, and the code goes behind its back.
      await house.registry.functions.delete(SCOPE, { name: `last${round}` as never });
      for (let turn = 0; turn < round % 20; turn++) await new Promise(setImmediate);
      await create(house, `next${round}`, 0);
      await house.registry.functions.delete(SCOPE, { name: `next${round}` as never });
      if (round % 2 === 0) await house.registry.idle();
    }
  });

  for (const seed of [1, 2, 3])
    it(`survives functions that come, change and go at once (seed ${seed})`, async (t) => {
      const house = await temporaryRegistry(t);
      const { registry, codeFolder } = house;
      const random = seededRandom(seed);
      const pick = (count: number) => Math.floor(random.fraction() * count);
      const steps = Array.from({ length: 60 }, async () => {
        const name = `f${pick(4)}` as never;
        const code = pick(2);
        const deed = pick(4);
        if (deed === 0) await tolerate(registry.functions.delete(SCOPE, { name }));
        else if (deed === 1) await tolerate(registry.functions.updateCode(SCOPE, name, { ZipFile: archives[code], Publish: true }));
        else await tolerate(create(house, name, code));
      });
      await Promise.all(steps);
      await registry.idle();

      const { items } = await registry.functions.list(SCOPE, {}, { allVersions: true });
      for (const { record, version } of items) {
        const found = await registry.resolve(SCOPE, { name: record.name, qualifier: version.version });
        assert.ok(TEXTS.includes(await readFile(join(await found.codeTree(), 'index.js'), 'utf8')));
      }
      const used = new Set(items.map(({ version }) => version.code.hash));
      assert.deepEqual(new Set(await readdir(codeFolder)), used);
      assert.equal(await archivesIn(house), used.size);
    });
});

it('a start removes what nobody uses, whoever stands before and after it in the list', async (t) => {
  const count = 9;
  const before = await openTemporaryRegistry({ keep: true });
  const names = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const ZipFile = await zipOf({ 'index.js': `// ${index}` });
      const request = {
        FunctionName: `f${index}`,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: ROLE,
        Code: { ZipFile },
      } as const;
      const { version } = await before.registry.functions.create(SCOPE, request);
      return { name: `f${index}`, hash: version.code.hash };
    }),
  );
  await before.registry.idle();
  // As a process leaves it that died between the commit of a deletion and the removal of its code; every fourth, the first and last hash among them.
  const sorted = names.toSorted((one, other) => (one.hash < other.hash ? -1 : 1));
  const orphaned = sorted.filter((_, index) => index % 4 === 0);
  for (const { name, hash } of orphaned)
    await before.store.resources.commit([
      { key: functionKey(SCOPE, name as never), expect: 'present', change: 'remove' },
      removeUse(hash, { scope: SCOPE, kind: 'function', name, version: '$LATEST' }),
    ]);
  await before.close();

  const after = await openTemporaryRegistry({ folder: before.folder });
  t.after(() => after.close());
  const left = sorted.filter((one) => !orphaned.includes(one)).map(({ hash }) => hash);
  assert.deepEqual((await readdir(after.codeFolder)).toSorted(), left);
  assert.equal(await archivesIn(after), left.length);
});

it('code and layers together have one bound', () => {
  const layer = (unzippedBytes: number) => ({ arn: 'a', hash: 'h' as never, sha256: 's', bytes: 1, unzippedBytes });
  checkUnzippedTotal(262_143_000, [layer(500), layer(500)]);
  assert.throws(() => checkUnzippedTotal(262_143_000, [layer(500), layer(501)]), {
    code: 'InvalidParameterValueException',
    message:
      'Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is 262144001 bytes.',
  });
});
