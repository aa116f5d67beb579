// Put-, Update-, Get-, Delete- and ListFunctionEventInvokeConfig.
// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PutFunctionEventInvokeConfigCommandInput } from '@aws-sdk/client-lambda';
import {
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  ListFunctionEventInvokeConfigsCommand,
  PublishVersionCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { SCOPE } from '../../support/temporary-registry.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
  await plane.deploy('f');
  await plane.client.send(new PublishVersionCommand({ FunctionName: 'f' }));
});
after(() => plane.close());

type Input = Partial<PutFunctionEventInvokeConfigCommandInput>;
const put = (input: Input) => plane.client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: 'f', ...input }));
const update = (input: Input) => plane.client.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName: 'f', ...input }));
const get = (Qualifier?: string) => plane.client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: 'f', Qualifier }));
const remove = (Qualifier?: string) =>
  plane.client.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName: 'f', Qualifier }));

describe('serialisation', () => {
  it('put replaces, update adds', async () => {
    const retries = await put({ MaximumRetryAttempts: 0 });
    assert.ok(retries.LastModified instanceof Date);
    assert.deepEqual(
      [retries.FunctionArn, retries.MaximumRetryAttempts, retries.MaximumEventAgeInSeconds, retries.DestinationConfig],
      [arnOf('f', '$LATEST'), 0, undefined, { OnSuccess: {}, OnFailure: {} }],
    );
    const age = await put({ MaximumEventAgeInSeconds: 60 });
    assert.deepEqual([age.MaximumRetryAttempts, age.MaximumEventAgeInSeconds], [undefined, 60]);
    const both = await update({ MaximumRetryAttempts: 1 });
    assert.deepEqual([both.MaximumRetryAttempts, both.MaximumEventAgeInSeconds], [1, 60]);
    assert.equal((await get('$LATEST')).MaximumRetryAttempts, 1);
  });
});

describe('validation', () => {
  it('bounds, destinations, nothing at all', async () => {
    await assertRefused(put({ MaximumRetryAttempts: 3 }), 'ValidationException', /'maximumRetryAttempts'/);
    await assertRefused(put({ MaximumEventAgeInSeconds: 59 }), 'ValidationException', /'maximumEventAgeInSeconds'/);
    await assertRefused(put({ MaximumEventAgeInSeconds: 21_601 }), 'ValidationException', /'maximumEventAgeInSeconds'/);
    await assertRefused(
      put({}),
      'InvalidParameterValueException',
      'You must specify at least one of error handling or destination setting.',
    );
    const DestinationConfig = { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:q' } };
    await assertRefused(put({ DestinationConfig }), 'InvalidParameterValueException', /^DestinationConfig cannot be honoured/);
  });

  it('what is not there', async () => {
    await assertRefused(
      put({ FunctionName: 'nope', MaximumRetryAttempts: 0 }),
      'ResourceNotFoundException',
      "The function doesn't exist.",
    );
    await assertRefused(
      put({ Qualifier: 'nope', MaximumRetryAttempts: 0 }),
      'ResourceNotFoundException',
      "The function doesn't exist.",
    );
    for (const call of [get('1'), remove('1'), update({ Qualifier: '1', MaximumRetryAttempts: 0 })])
      await assertRefused(
        call,
        'ResourceNotFoundException',
        `The function ${arnOf('f', '1')} doesn't have an EventInvokeConfig`,
        404,
      );
  });
});

describe('behaviour', () => {
  it('each version has its own, and an invocation resolves with it', async () => {
    await put({ Qualifier: '1', MaximumEventAgeInSeconds: 120 });
    const settings = async (qualifier?: string) =>
      (await plane.registry.resolve(SCOPE, { name: 'f' as never, qualifier })).eventInvoke;
    assert.deepEqual(await settings('1'), { maximumRetryAttempts: 2, maximumEventAgeSeconds: 120 });
    assert.deepEqual(await settings(), { maximumRetryAttempts: 1, maximumEventAgeSeconds: 60 });
    const { FunctionEventInvokeConfigs = [] } = await plane.client.send(
      new ListFunctionEventInvokeConfigsCommand({ FunctionName: 'f' }),
    );
    assert.deepEqual(
      FunctionEventInvokeConfigs.map(({ FunctionArn }) => FunctionArn),
      [arnOf('f', '$LATEST'), arnOf('f', '1')],
    );
    await remove();
    assert.deepEqual(await settings(), { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 });
  });
});
