// What invocations get to see of functions: at once what was answered, and soon what another process changed.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { FunctionName } from '#kernel';
import type { Registry } from '#registry';
import { createRegistry } from '#registry';
import { craftZip } from '../support/crafted-zip.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { HOST_ARCHITECTURE, ROLE, SCOPE, SECRET_KEY, temporaryRegistry, trueRandom } from '../support/temporary-registry.ts';
import { zipOf } from '../support/zip.ts';

const NAME = 'f' as FunctionName;
const codeOf = (text: string) => zipOf({ 'index.js': text });

async function deploy(registry: Registry, text: string, Environment?: Record<string, string>): Promise<void> {
  await registry.functions.create(SCOPE, {
    FunctionName: NAME,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role: ROLE,
    Code: { ZipFile: await codeOf(text) },
    ...(Environment === undefined ? {} : { Environment: { Variables: Environment } }),
  });
}

describe('a function that is resolved', () => {
  it('brings its code, opened, and its environment, in plain', async (t) => {
    const { registry } = await temporaryRegistry(t);
    await deploy(registry, 'one', { SECRET: 'hunter2' });
    await registry.idle();
    const found = await registry.resolve(SCOPE, { name: NAME });
    assert.deepEqual(found.environment, { SECRET: 'hunter2' });
    assert.equal(await readFile(join(await found.codeTree(), 'index.js'), 'utf8'), 'one');
    assert.equal(found.invokedArn, 'arn:aws:lambda:us-east-1:000000000000:function:f');
    assert.equal(found.versionArn, `${found.invokedArn}:$LATEST`);
    assert.equal(await registry.resolve(SCOPE, { name: NAME }), found, 'nothing is looked up twice');
  });

  it('its environment lies nowhere in plain', async (t) => {
    const { registry, store, log } = await temporaryRegistry(t);
    await deploy(registry, 'one', { SECRET: 'hunter2' });
    await registry.functions.publishVersion(SCOPE, NAME, {}).catch(() => undefined);
    await registry.idle();
    for (const kind of ['function', 'function-version'])
      for (const { body } of await store.resources.list({ scope: SCOPE, kind, limit: 10 })) {
        assert.doesNotMatch(JSON.stringify(body), /hunter2|SECRET/);
        assert.match(JSON.stringify(body), /ciphertext/);
      }
    assert.doesNotMatch(JSON.stringify(log.events), /hunter2/);
  });

  it('is refused while it is being created, when that failed, and when it is gone', async (t) => {
    const { registry } = await temporaryRegistry(t);
    await assert.rejects(registry.resolve(SCOPE, { name: NAME }), {
      code: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST',
    });
    const damaged = craftZip([{ name: 'index.js', content: 'x', statedCrc: 1 }]);
    await registry.functions.create(SCOPE, {
      FunctionName: NAME,
      Runtime: 'nodejs24.x',
      Handler: 'i.h',
      Role: ROLE,
      Code: { ZipFile: damaged },
    });
    await assert.rejects(registry.resolve(SCOPE, { name: NAME }), {
      code: 'ResourceConflictException',
      message:
        /^The operation cannot be performed at this time\. The function is currently in the following state: (Pending|Failed)$/,
    });
    await registry.idle();
    await assert.rejects(registry.resolve(SCOPE, { name: NAME }), /in the following state: Failed$/);
    await registry.functions.delete(SCOPE, { name: NAME });
    await assert.rejects(registry.resolve(SCOPE, { name: NAME }), { code: 'ResourceNotFoundException' });
  });

  it('is opened where its tree is missing', async (t) => {
    const here = await temporaryRegistry(t);
    await deploy(here.registry, 'one');
    await here.registry.idle();
    const there = await anotherProcess(t, here);
    const [one, other] = await Promise.all([there.resolve(SCOPE, { name: NAME }), there.resolve(SCOPE, { name: NAME })]);
    const trees = await Promise.all([one.codeTree(), other.codeTree()]);
    assert.equal(trees[0], trees[1]);
    assert.equal(await readFile(join(trees[0], 'index.js'), 'utf8'), 'one');
  });
});

describe('a weighted alias', () => {
  it('shares the calls by its weight', async (t) => {
    let fraction = 0;
    const { registry } = await temporaryRegistry(t, { random: { ...trueRandom, fraction: () => fraction } });
    await deploy(registry, 'one');
    await registry.idle();
    await registry.functions.publishVersion(SCOPE, NAME, {});
    await registry.functions.updateCode(SCOPE, NAME, { ZipFile: await codeOf('two'), Publish: true });
    await registry.idle();
    await registry.aliases.create(SCOPE, NAME, {
      Name: 'live',
      FunctionVersion: '1',
      RoutingConfig: { AdditionalVersionWeights: { 2: 0.3 } },
    });
    const versionAt = async (drawn: number) => {
      fraction = drawn;
      const { version, qualifier, invokedArn } = await registry.resolve(SCOPE, { name: NAME, qualifier: 'live' });
      assert.deepEqual([qualifier, invokedArn.endsWith(':live')], ['live', true]);
      return version;
    };
    assert.deepEqual(
      [await versionAt(0), await versionAt(0.29), await versionAt(0.3), await versionAt(0.99)],
      ['2', '2', '1', '1'],
    );
    await registry.aliases.update(SCOPE, NAME, 'live', { RoutingConfig: { AdditionalVersionWeights: {} } });
    assert.equal(await versionAt(0), '1');
  });
});

type Opened = Awaited<ReturnType<typeof temporaryRegistry>>;

/** A second registry over the same store, as another process would have one. */
async function anotherProcess(
  t: { after(clean: () => Promise<void>): void },
  { store, blobs, codeFolder, clock, log }: Opened,
): Promise<Registry> {
  const registry = createRegistry({
    store,
    blobs,
    codeFolder: `${codeFolder}-other`,
    secretKey: SECRET_KEY,
    defaultNetwork: 'platform',
    networks: () => ['platform'],
    hostArchitecture: HOST_ARCHITECTURE,
    prepareRuntime: () => Promise.resolve(),
    readObject: async () => ({ kind: 'missing', code: 'NoSuchKey', message: 'none' }),
    clock,
    random: trueRandom,
    log,
  });
  t.after(() => registry.close());
  return registry;
}

describe('a change by another process', () => {
  it('is seen soon after the notice, and retires instances here too', async (t) => {
    const clock = new FakeClock();
    const here = await temporaryRegistry(t, { clock });
    const there = await anotherProcess(t, here);
    await deploy(here.registry, 'one');
    await here.registry.idle();
    const before = await here.registry.resolve(SCOPE, { name: NAME });
    const retired = Promise.withResolvers<string>();
    here.registry.onRetired((key) => retired.resolve(key));
    here.store.changed('resources', () => void clock.advance(1000));
    await there.functions.updateCode(SCOPE, NAME, { ZipFile: await codeOf('two') });
    assert.equal(await retired.promise, before.instanceKey);
    const now = await here.registry.resolve(SCOPE, { name: NAME });
    assert.notEqual(now.instanceKey, before.instanceKey);
    assert.equal(await readFile(join(await now.codeTree(), 'index.js'), 'utf8'), 'two');
  });
});
