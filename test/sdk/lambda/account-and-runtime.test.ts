// What is read far more than set: account settings, code signing, runtime management, recursion.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  GetAccountSettingsCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionRecursionConfigCommand,
  GetRuntimeManagementConfigCommand,
  ListCapacityProvidersCommand,
  PublishVersionCommand,
  PutFunctionRecursionConfigCommand,
  PutRuntimeManagementConfigCommand,
} from '@aws-sdk/client-lambda';
import type { FunctionName } from '#kernel';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { SCOPE } from '../../support/temporary-registry.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
});
after(() => plane.close());

const settings = () => plane.client.send(new GetAccountSettingsCommand({}));

describe('serialisation', () => {
  it('limits are Lambda’s', async () => {
    assert.deepEqual((await settings()).AccountLimit, {
      TotalCodeSize: 80_530_636_800,
      CodeSizeUnzipped: 262_144_000,
      CodeSizeZipped: 52_428_800,
      ConcurrentExecutions: 1000,
      UnreservedConcurrentExecutions: 1000,
    });
  });

  it('no function has a code signing configuration, and every runtime is kept automatically', async () => {
    await plane.deploy('f');
    const { $metadata, ...signing } = await plane.client.send(new GetFunctionCodeSigningConfigCommand({ FunctionName: 'f' }));
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(signing, {});
    const management = await plane.client.send(new GetRuntimeManagementConfigCommand({ FunctionName: 'f' }));
    assert.deepEqual([management.UpdateRuntimeOn, management.FunctionArn], ['Auto', arnOf('f', '$LATEST')]);
    assert.equal(
      (await plane.client.send(new GetFunctionRecursionConfigCommand({ FunctionName: 'f' }))).RecursiveLoop,
      'Terminate',
    );
  });
});

describe('validation', () => {
  it('what cannot be kept is refused', async () => {
    await plane.deploy('checked');
    const FunctionName = 'checked';
    await plane.client.send(new PutRuntimeManagementConfigCommand({ FunctionName, UpdateRuntimeOn: 'Auto' }));
    await assertRefused(
      plane.client.send(new PutRuntimeManagementConfigCommand({ FunctionName, UpdateRuntimeOn: 'FunctionUpdate' })),
      'InvalidParameterValueException',
      /^UpdateRuntimeOn FunctionUpdate cannot be honoured/,
    );
    await assertRefused(
      plane.client.send(new PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop: 'Perhaps' as 'Allow' })),
      'ValidationException',
      /recursiveLoop/i,
    );
    await assertRefused(
      plane.client.send(new GetFunctionRecursionConfigCommand({ FunctionName: 'nope' })),
      'ResourceNotFoundException',
      `Function not found: ${arnOf('nope')}`,
    );
    await assertRefused(
      plane.client.send(new GetFunctionCodeSigningConfigCommand({ FunctionName: 'nope' })),
      'ResourceNotFoundException',
      `Function not found: ${arnOf('nope')}`,
    );
  });

  it('a loop that is meant is allowed, until it is ended again', async () => {
    await plane.deploy('looping');
    const FunctionName = 'looping';
    const resolved = () => plane.registry.resolve(SCOPE, { name: FunctionName as FunctionName });
    assert.equal((await resolved()).endsLoops, true);
    for (const RecursiveLoop of ['Allow', 'Terminate'] as const) {
      const put = await plane.client.send(new PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop }));
      assert.equal(put.RecursiveLoop, RecursiveLoop);
      const got = await plane.client.send(new GetFunctionRecursionConfigCommand({ FunctionName }));
      assert.equal(got.RecursiveLoop, RecursiveLoop);
      assert.equal((await resolved()).endsLoops, RecursiveLoop === 'Terminate');
    }
  });

  it('an operation that is not served is unknown, with a status that no SDK retries', async () => {
    await assert.rejects(
      plane.client.send(new ListCapacityProvidersCommand({})),
      (error: Error & { $metadata?: { httpStatusCode?: number } }) => {
        const status = error.$metadata?.httpStatusCode ?? 0;
        return status >= 400 && status < 500;
      },
    );
  });
});

describe('behaviour', () => {
  it('usage counts functions and what all their versions weigh', async () => {
    const before = (await settings()).AccountUsage;
    const { CodeSize = 0 } = await plane.deploy('counted');
    await plane.client.send(new PublishVersionCommand({ FunctionName: 'counted' }));
    const now = (await settings()).AccountUsage;
    assert.equal(now?.FunctionCount, (before?.FunctionCount ?? 0) + 1);
    assert.equal(now?.TotalCodeSize, (before?.TotalCodeSize ?? 0) + 2 * CodeSize);
  });
});
