// A function whose runtime has to be fetched first: it is pending until then, and failed in words where that is not possible.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FunctionName } from '#kernel';
import { ROLE, SCOPE, temporaryRegistry } from '../support/temporary-registry.ts';
import { zipOf } from '../support/zip.ts';

const NAME = 'f' as FunctionName;

describe('a function whose runtime is not here yet', () => {
  const request = async () => ({
    FunctionName: NAME,
    Runtime: 'nodejs20.x' as const,
    Handler: 'index.handler',
    Role: ROLE,
    Code: { ZipFile: await zipOf({ 'index.js': '' }) },
  });

  it('is pending while it is fetched, and active afterwards', async (t) => {
    const asked: string[] = [];
    const fetched = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const { registry } = await temporaryRegistry(t, {
      prepareRuntime(runtime) {
        asked.push(runtime);
        begun.resolve();
        return fetched.promise;
      },
    });
    await registry.functions.create(SCOPE, await request());
    await begun.promise;
    await assert.rejects(registry.resolve(SCOPE, { name: NAME }), { code: 'ResourceConflictException' });
    fetched.resolve();
    await registry.idle();
    assert.equal((await registry.resolve(SCOPE, { name: NAME })).runtime, 'nodejs20.x');
    assert.deepEqual(asked, ['nodejs20.x']);
  });

  it('has failed where it cannot be fetched, and says why', async (t) => {
    const { registry } = await temporaryRegistry(t, { prepareRuntime: () => Promise.reject(new Error('There is no npm here')) });
    await registry.functions.create(SCOPE, await request());
    await registry.idle();
    const { record } = await registry.functions.get(SCOPE, { name: NAME });
    assert.equal(record.latest.state, 'Failed');
    assert.equal(record.latest.stateReason?.code, 'InvalidRuntime');
    assert.match(record.latest.stateReason?.text ?? '', /^There is no npm here\. When that is mended, update/);
  });
});
