// Provisioned concurrency as it is asked for; that it is there is shown in test/sdk/invoke.
// https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetProvisionedConcurrencyConfigCommand,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { SCOPE } from '../../support/temporary-registry.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
});
after(() => plane.close());

/** `f` with versions 1 and 2, and the alias `live` for 1; and `g` with version 1. */
beforeEach(async () => {
  for (const name of ['f', 'g']) {
    await plane.client.send(new DeleteFunctionCommand({ FunctionName: name })).catch(() => undefined);
    await plane.deploy(name);
    await plane.client.send(new PublishVersionCommand({ FunctionName: name }));
  }
  await plane.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'f', Description: 'two' }));
  await plane.registry.idle();
  await plane.client.send(new PublishVersionCommand({ FunctionName: 'f' }));
  await plane.client.send(new CreateAliasCommand({ FunctionName: 'f', Name: 'live', FunctionVersion: '1' }));
});

const put = (Qualifier: string, ProvisionedConcurrentExecutions: number, FunctionName = 'f') =>
  plane.client.send(new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions }));
const get = (Qualifier: string, FunctionName = 'f') =>
  plane.client.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));
const list = async (more = {}) => plane.client.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName: 'f', ...more }));
const remove = (Qualifier: string) =>
  plane.client.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: 'f', Qualifier }));
const reserve = (ReservedConcurrentExecutions: number, FunctionName = 'f') =>
  plane.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
const unreserved = async () =>
  (await plane.client.send(new GetAccountSettingsCommand({}))).AccountLimit?.UnreservedConcurrentExecutions;

const NONE = 'No Provisioned Concurrency Config found for this function';
const CONFLICT = 'ResourceConflictException';
const INVALID = 'InvalidParameterValueException';

describe('serialisation', () => {
  it('what was put is got, listed with its ARN, and gone when it is deleted', async () => {
    const { $metadata, ...answer } = await put('live', 3);
    assert.equal($metadata.httpStatusCode, 202);
    const { LastModified, ...rest } = answer;
    assert.match(LastModified ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);
    assert.deepEqual(rest, {
      RequestedProvisionedConcurrentExecutions: 3,
      AllocatedProvisionedConcurrentExecutions: 0,
      AvailableProvisionedConcurrentExecutions: 0,
      Status: 'IN_PROGRESS',
    });
    const { $metadata: _metadata, ...got } = await get('live');
    assert.deepEqual(got, answer);
    assert.deepEqual((await list()).ProvisionedConcurrencyConfigs, [{ ...answer, FunctionArn: arnOf('f', 'live') }]);
    assert.equal((await remove('live')).$metadata.httpStatusCode, 204);
    await assertRefused(get('live'), 'ProvisionedConcurrencyConfigNotFoundException', NONE, 404);
    assert.deepEqual((await list()).ProvisionedConcurrencyConfigs, []);
    await remove('live');
  });

  it('lists come in pages', async () => {
    await put('live', 1);
    await put('2', 1);
    const first = await list({ MaxItems: 1 });
    const second = await list({ MaxItems: 1, Marker: first.NextMarker });
    assert.deepEqual(
      [first, second].map(({ ProvisionedConcurrencyConfigs }) =>
        ProvisionedConcurrencyConfigs?.map(({ FunctionArn }) => FunctionArn),
      ),
      [[arnOf('f', '2')], [arnOf('f', 'live')]],
    );
    assert.equal(second.NextMarker, undefined);
  });
});

describe('validation', () => {
  it('published versions and aliases of them, that are there', async () => {
    const unpublished = 'Provisioned Concurrency Configs cannot be applied to unpublished function versions.';
    await assertRefused(put('$LATEST', 1), INVALID, unpublished);
    await plane.client.send(new CreateAliasCommand({ FunctionName: 'f', Name: 'edge', FunctionVersion: '$LATEST' }));
    await assertRefused(put('edge', 1), INVALID, unpublished);
    await assertRefused(put('9', 1), 'ResourceNotFoundException', `Function not found: ${arnOf('f', '9')}`);
    await assertRefused(put('nope', 1), 'ResourceNotFoundException', `Cannot find alias arn: ${arnOf('f', 'nope')}`);
    await assertRefused(put('1', 1, 'missing'), 'ResourceNotFoundException', /Function not found/);
    await assertRefused(put('1', 0), 'ValidationException', /provisionedConcurrentExecutions/);
    await assertRefused(get('1', 'g'), 'ProvisionedConcurrencyConfigNotFoundException', NONE, 404);
  });

  it('no version twice, by itself and behind an alias', async () => {
    const twice = "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version";
    await put('1', 1);
    await assertRefused(put('live', 1), CONFLICT, twice);
    await remove('1');
    await put('live', 1);
    await assertRefused(put('1', 1), CONFLICT, 'Version is pointed by a Provisioned Concurrency alias');
    await put('2', 1);
    const follow = (FunctionVersion: string) =>
      plane.client.send(new UpdateAliasCommand({ FunctionName: 'f', Name: 'live', FunctionVersion }));
    await assertRefused(follow('2'), CONFLICT, twice);
    await assertRefused(follow('$LATEST'), INVALID, /unpublished/);
  });

  it('not for functions with tenant isolation', async () => {
    await plane.deploy('isolated', { TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } });
    await plane.client.send(new PublishVersionCommand({ FunctionName: 'isolated' }));
    await assertRefused(put('1', 1, 'isolated'), INVALID, /tenant isolation/);
  });
});

describe('behaviour', () => {
  it('counts against the reservation, else against the account, of which 100 stay for everybody', async () => {
    await reserve(5);
    await put('1', 3);
    assert.equal(await unreserved(), 995, 'part of what is reserved');
    await assertRefused(
      put('2', 3),
      INVALID,
      'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
    );
    await assertRefused(reserve(2), INVALID, /less than its provisioned concurrency \[3\]/);
    await put('1', 400, 'g');
    assert.equal(await unreserved(), 595);
    const tooMuch =
      "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].";
    await assertRefused(put('1', 896, 'g'), INVALID, tooMuch);
    await put('1', 895, 'g');
    assert.equal(await unreserved(), 100);
    await assertRefused(
      put('1', 1001, 'g'),
      INVALID,
      "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].",
    );
    await plane.client.send(new DeleteFunctionCommand({ FunctionName: 'g' }));
    assert.equal(await unreserved(), 995);
  });

  it('goes with its version, its alias, its function', async () => {
    await put('live', 1);
    await put('2', 1);
    await plane.client.send(new DeleteAliasCommand({ FunctionName: 'f', Name: 'live' }));
    await plane.client.send(new DeleteFunctionCommand({ FunctionName: 'f', Qualifier: '2' }));
    assert.deepEqual((await list()).ProvisionedConcurrencyConfigs, []);
    assert.equal(await unreserved(), 1000);
    await put('1', 1);
    await plane.client.send(new DeleteFunctionCommand({ FunctionName: 'f' }));
    assert.equal(await unreserved(), 1000);
    const left: string[] = [];
    for await (const { name } of plane.registry.provisionedConcurrency.functions()) left.push(name);
    assert.deepEqual(left, []);
  });

  it('what a weighted alias asks for is shared out by its weights', async () => {
    await put('live', 10);
    await plane.client.send(
      new UpdateAliasCommand({ FunctionName: 'f', Name: 'live', RoutingConfig: { AdditionalVersionWeights: { 2: 0.3 } } }),
    );
    assert.deepEqual(await plane.registry.provisionedConcurrency.targets(SCOPE, 'f' as never), [
      { qualifier: 'live', version: '1', count: 7 },
      { qualifier: 'live', version: '2', count: 3 },
    ]);
  });
});
