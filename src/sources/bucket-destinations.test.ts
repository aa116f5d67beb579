// Whom a bucket may tell of its objects.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '#kernel';
import { SCOPE } from '../../test/support/invocable.ts';
import { createDestinationCheck } from './bucket-destinations.ts';
import type { DestinationParts } from './bucket-destinations.ts';

const question = {
  scope: SCOPE,
  bucketArn: 'arn:aws:s3:::photos',
  kind: 'function',
  arn: 'arn:aws:lambda:us-east-1:000000000000:function:thumbnails',
} as const;

const nobody = async () => assert.fail('no queue and no topic is asked for');

function check(found: { readonly tenantIsolation?: true } | undefined, isAllowed: boolean) {
  const get = async () => {
    if (found === undefined) throw new ApiError('ResourceNotFoundException', 'Function not found');
    return { record: found };
  };
  const registry = { functions: { get }, policyAllows: async () => isAllowed } as unknown as DestinationParts['registry'];
  return createDestinationCheck({ registry, admission: nobody })(question);
}

test('a function that is there and lets the bucket in', async () => {
  assert.deepEqual(await check({}, true), { kind: 'valid' });
  assert.equal((await check({}, false)).kind, 'invalid');
  assert.deepEqual(await check(undefined, true), { kind: 'invalid', reason: 'Function not found' });
});

test('no function that keeps its tenants apart: a bucket calls for nobody in particular', async () => {
  const verdict = await check({ tenantIsolation: true }, true);
  assert.match(verdict.kind === 'invalid' ? verdict.reason : '', /keeps its tenants apart/);
});

test('a queue or a topic that is there and lets the bucket in', async () => {
  const asked: unknown[] = [];
  const verdictOf = (kind: 'queue' | 'topic', answer: 'admitted' | 'missing' | 'denied') => {
    const admission: DestinationParts['admission'] = async (put) => {
      asked.push(put);
      return answer;
    };
    const registry = {} as DestinationParts['registry'];
    return createDestinationCheck({ registry, admission })({ ...question, kind, arn: `arn:${kind}` });
  };
  assert.deepEqual(await verdictOf('queue', 'admitted'), { kind: 'valid' });
  assert.deepEqual(await verdictOf('topic', 'missing'), { kind: 'invalid', reason: 'The destination topic does not exist' });
  const denied = await verdictOf('queue', 'denied');
  assert.match(
    denied.kind === 'invalid' ? denied.reason : '',
    /does not let s3\.amazonaws\.com do sqs:SendMessage for arn:aws:s3:::photos$/,
  );
  const sent = { scope: SCOPE, service: 's3.amazonaws.com', sourceArn: question.bucketArn };
  assert.deepEqual(asked[0], { ...sent, kind: 'queue', arn: 'arn:queue' });
});
