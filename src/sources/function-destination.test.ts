// Which functions a bucket may tell of its objects.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '#kernel';
import type { Registry } from '#registry';
import { SCOPE } from '../../test/support/invocable.ts';
import { createDestinationCheck } from './function-destination.ts';

const question = {
  scope: SCOPE,
  bucketArn: 'arn:aws:s3:::photos',
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:thumbnails',
};

function check(found: { readonly tenantIsolation?: true } | undefined, isAllowed: boolean) {
  const get = async () => {
    if (found === undefined) throw new ApiError('ResourceNotFoundException', 'Function not found');
    return { record: found };
  };
  const registry = { functions: { get }, policyAllows: async () => isAllowed };
  return createDestinationCheck(registry as unknown as Pick<Registry, 'functions' | 'policyAllows'>)(question);
}

test('one that is there and lets the bucket in', async () => {
  assert.deepEqual(await check({}, true), { kind: 'valid' });
  assert.equal((await check({}, false)).kind, 'invalid');
  assert.deepEqual(await check(undefined, true), { kind: 'invalid', reason: 'Function not found' });
});

test('none that keeps its tenants apart: a bucket calls for nobody in particular', async () => {
  const verdict = await check({ tenantIsolation: true }, true);
  assert.match(verdict.kind === 'invalid' ? verdict.reason : '', /keeps its tenants apart/);
});
