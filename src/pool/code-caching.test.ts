// Which function versions get a code cache, and what making one may take from others.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { FakeClock } from '../../test/support/fake-clock.ts';
import { FakeLauncher } from '../../test/support/fake-launcher.ts';
import type { Script } from '../../test/support/fake-launcher.ts';
import { invocable } from '../../test/support/invocable.ts';
import { QuietLog } from '../../test/support/quiet-log.ts';
import { Budget } from './budget.ts';
import { CodeCaching } from './code-caching.ts';
import { Disposal } from './disposal.ts';

describe('a code cache', () => {
  let codeTree: string;
  beforeEach(async () => {
    codeTree = await mkdtemp(join(tmpdir(), 'mayfly-caching-'));
    await writeFile(join(codeTree, 'index.mjs'), ' '.repeat(200_000));
    await writeFile(join(codeTree, 'small.mjs'), ' ');
  });
  afterEach(() => rm(codeTree, { recursive: true }));

  function house(script: Script = {}, memoryMiB = 1024) {
    // Files are looked at for real, so nothing else takes time.
    const clock = Object.assign(new FakeClock(), { pause: () => Promise.resolve() });
    const log = new QuietLog();
    const launcher = new FakeLauncher(clock, { cache: Buffer.from('cache'), ...script });
    const budget = new Budget({ memoryMiB, sandboxes: 10 });
    const disposal = new Disposal({ budget, log, freed: () => undefined });
    const caching = new CodeCaching({ log, launcher, budget, disposal });
    const make = (overrides = {}) => caching.make(invocable('big', overrides), { codeTree, layerTrees: [] });
    return { launcher, budget, disposal, caching, make };
  }

  it('is made by loading the code where it reaches nothing and has no credentials, once', async () => {
    const h = house();
    await h.make({ environment: { OWN: 'value' } });
    await h.make();
    assert.deepEqual([...h.launcher.cached], ['big/1']);
    assert.equal(h.launcher.requests.length, 1);
    assert.equal(h.launcher.requests[0]?.network, 'none');
    const [sandbox] = h.launcher.sandboxes;
    assert.equal(sandbox?.invocations.length, 0);
    assert.equal(sandbox?.specialisation?.environment['OWN'], 'value');
    assert.equal(sandbox?.specialisation?.environment['AWS_ACCESS_KEY_ID'], undefined);
    await h.disposal.settled();
    assert.deepEqual([h.launcher.living.length, h.budget.chargedMiB, h.budget.count], [0, 0, 0]);
  });

  it('is not made for small entries, other languages and processes that start in their own way', async () => {
    const h = house();
    const others = [
      { handler: 'small.handler' },
      { handler: 'missing.handler' },
      { runtime: 'python3.12' },
      { environment: { NODE_OPTIONS: '--no-lazy' } },
    ];
    for (const [index, other] of others.entries()) await h.make({ instanceKey: `other/${index}`, ...other });
    assert.equal(h.launcher.requests.length, 0);
  });

  it('is not made where there is no room, and evicts nobody', async () => {
    const h = house({}, 100);
    h.budget.charge(50, 1);
    await h.make();
    assert.deepEqual([h.launcher.requests.length, h.budget.chargedMiB], [0, 50]);
  });

  it('of code that does not load here is no cache, and leaves nothing', async () => {
    const h = house({ init: () => ({ outcome: { kind: 'threw', payload: Buffer.from('{}') } }) });
    await h.make();
    await h.disposal.settled();
    assert.deepEqual([h.launcher.cached.size, h.launcher.living.length, h.budget.count], [0, 0, 0]);
  });

  it('whose sandbox cannot be launched gives the room back and says so', async () => {
    const h = house({ launch: () => ({ fails: new Error('no') }) });
    await assert.rejects(h.make(), /no/);
    assert.deepEqual([h.budget.chargedMiB, h.budget.count], [0, 0]);
    h.launcher.script = { cache: Buffer.from('cache') };
    await h.make({ instanceKey: 'next/1' });
    assert.deepEqual([...h.launcher.cached], ['next/1'], 'the next one has its turn');
  });
});
