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
  UpdateFunctionConfigurationCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import type { EventInvokeSettings } from '#registry';
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

const bounds = ({ maximumRetryAttempts, maximumEventAgeSeconds }: EventInvokeSettings) => ({
  maximumRetryAttempts,
  maximumEventAgeSeconds,
});

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

  it('destinations: put replaces both, update one, and an empty name takes one away', async () => {
    const queue = 'arn:aws:sqs:us-east-1:000000000000:q';
    const bus = 'arn:aws:events:us-east-1:000000000000:event-bus/default';
    const shown = async (call: ReturnType<typeof put>) => (await call).DestinationConfig;
    const both = { OnSuccess: { Destination: bus }, OnFailure: { Destination: queue } };
    assert.deepEqual(await shown(put({ DestinationConfig: both })), both);
    const bucket = { Destination: 'arn:aws:s3:::records' };
    assert.deepEqual(await shown(update({ DestinationConfig: { OnFailure: bucket } })), { ...both, OnFailure: bucket });
    assert.deepEqual(await shown(update({ MaximumRetryAttempts: 0 })), { ...both, OnFailure: bucket });
    assert.deepEqual(await shown(update({ DestinationConfig: { OnSuccess: { Destination: '' } } })), {
      OnSuccess: {},
      OnFailure: bucket,
    });
    assert.deepEqual((await get()).DestinationConfig, { OnSuccess: {}, OnFailure: bucket });
    assert.deepEqual(await shown(put({ MaximumRetryAttempts: 1 })), { OnSuccess: {}, OnFailure: {} });
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
    const refused: readonly (readonly [NonNullable<Input['DestinationConfig']>, RegExp])[] = [
      [{ OnFailure: { Destination: 'arn:aws:dynamodb:us-east-1:000000000000:table/t' } }, /is invalid\. Name a queue, a topic/],
      [{ OnFailure: { Destination: 'arn:aws:sqs:eu-west-1:000000000000:q' } }, /is invalid\. It has to be in this region/],
      [{ OnFailure: { Destination: 'arn:aws:sns:us-east-1:111111111111:t' } }, /is invalid\. It has to be in this region/],
      [
        { OnSuccess: { Destination: 'arn:aws:sqs:us-east-1:000000000000:q.fifo' } },
        /FIFO queues and FIFO topics are not supported/,
      ],
      [{ OnSuccess: { Destination: 'arn:aws:s3:::records' } }, /Buckets are supported for OnFailure alone/],
    ];
    for (const [DestinationConfig, message] of refused)
      await assertRefused(put({ DestinationConfig }), 'InvalidParameterValueException', message);
    const DestinationConfig = { OnFailure: { Destination: 'https://127.0.0.1:4566/000000000000/q' } };
    await assertRefused(put({ DestinationConfig }), 'ValidationException', /destinationConfig\.onFailure\.destination/);
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
    await put({ MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60 });
    await put({ Qualifier: '1', MaximumEventAgeInSeconds: 120 });
    const settings = async (qualifier?: string) =>
      bounds((await plane.registry.resolve(SCOPE, { name: 'f' as never, qualifier })).eventInvoke);
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

  it('a dead-letter target is set on the function, shown, and holds for its versions', async () => {
    await plane.deploy('dead');
    const TargetArn = 'arn:aws:sns:us-east-1:000000000000:dead';
    await plane.client.send(new PublishVersionCommand({ FunctionName: 'dead' }));
    const before = (await plane.registry.resolve(SCOPE, { name: 'dead' as never })).instanceKey;
    const set = (arn: string) =>
      plane.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'dead', DeadLetterConfig: { TargetArn: arn } }));
    assert.deepEqual((await set(TargetArn)).DeadLetterConfig, { TargetArn });
    assert.deepEqual((await plane.settled('dead')).DeadLetterConfig, { TargetArn });
    for (const qualifier of [undefined, '1']) {
      const { eventInvoke } = await plane.registry.resolve(SCOPE, { name: 'dead' as never, qualifier });
      assert.deepEqual(eventInvoke.deadLetter, { kind: 'topic', arn: TargetArn });
    }
    assert.equal((await plane.registry.resolve(SCOPE, { name: 'dead' as never })).instanceKey, before, 'instances stay warm');
    await set('');
    assert.equal((await plane.settled('dead')).DeadLetterConfig, undefined);
    assert.equal((await plane.registry.resolve(SCOPE, { name: 'dead' as never })).eventInvoke.deadLetter, undefined);
  });
});
