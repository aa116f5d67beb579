// UpdateFunctionConfiguration. https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { UpdateFunctionConfigurationCommandInput } from '@aws-sdk/client-lambda';
import { UpdateFunctionConfigurationCommand, waitUntilFunctionUpdatedV2 } from '@aws-sdk/client-lambda';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { SCOPE } from '../../support/temporary-registry.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
});
after(() => plane.close());

const update = (name: string, input: Omit<UpdateFunctionConfigurationCommandInput, 'FunctionName'>) =>
  plane.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, ...input }));
const resolve = (name: string) => plane.registry.resolve(SCOPE, { name: name as never });

describe('serialisation', () => {
  it('changes what is given and keeps the rest', async () => {
    await plane.deploy('f', { Environment: { Variables: { KEPT: 'yes' } }, Timeout: 7 });
    const changed = await update('f', { MemorySize: 256, Description: 'changed', Handler: 'other.handler' });
    assert.equal(changed.LastUpdateStatus, 'InProgress');
    await waitUntilFunctionUpdatedV2({ client: plane.client, maxWaitTime: 20 }, { FunctionName: 'f' });
    const settled = await plane.settled('f');
    assert.deepEqual(
      [settled.MemorySize, settled.Description, settled.Handler, settled.Timeout, settled.Environment],
      [256, 'changed', 'other.handler', 7, { Variables: { KEPT: 'yes' } }],
    );
  });

  it('takes what Terraform sends for settings that are off', async () => {
    await plane.deploy('terraform');
    await update('terraform', {
      VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
      DeadLetterConfig: { TargetArn: '' },
      KMSKeyArn: '',
      TracingConfig: { Mode: 'PassThrough' },
      SnapStart: { ApplyOn: 'None' },
      FileSystemConfigs: [],
      Layers: [],
      Environment: { Variables: {} },
    });
    assert.equal((await plane.settled('terraform')).LastUpdateStatus, 'Successful');
  });
});

describe('validation', () => {
  it('bounds, settings that are not served, old revisions', async () => {
    const { RevisionId } = await plane.deploy('checked');
    await assertRefused(update('nope', { Timeout: 5 }), 'ResourceNotFoundException', `Function not found: ${arnOf('nope')}`, 404);
    await assertRefused(update('checked', { Timeout: 901 }), 'ValidationException', /'timeout'/);
    await assertRefused(update('checked', { MemorySize: 64 }), 'ValidationException', /'memorySize'/);
    await assertRefused(
      update('checked', { Runtime: 'java21' }),
      'InvalidParameterValueException',
      /^The runtime java21 is not served here/,
    );
    await assertRefused(
      update('checked', { TracingConfig: { Mode: 'Active' } }),
      'InvalidParameterValueException',
      /^TracingConfig/,
    );
    await assertRefused(
      update('checked', { ImageConfig: { Command: ['x'] } }),
      'InvalidParameterValueException',
      /^PackageType Image/,
    );
    await assertRefused(
      update('checked', { RevisionId: 'older', Timeout: 5 }),
      'PreconditionFailedException',
      /GetFunction\/GetAlias/,
      412,
    );
    assert.equal((await plane.settled('checked')).RevisionId, RevisionId, 'nothing was changed');
  });
});

describe('behaviour', () => {
  it('an update that changes nothing is an update too, and keeps warm instances', async () => {
    await plane.deploy('redundant', { Environment: { Variables: { NAME: 'x' } } });
    const before = await resolve('redundant');
    const changed = await update('redundant', { Environment: { Variables: { NAME: 'x' } } });
    assert.equal(changed.LastUpdateStatus, 'InProgress');
    await plane.settled('redundant');
    assert.equal((await resolve('redundant')).instanceKey, before.instanceKey);
  });

  it('a description alone keeps warm instances, anything else retires them', async () => {
    await plane.deploy('warm');
    const before = await resolve('warm');
    const retired: string[] = [];
    plane.registry.onRetired((key) => void retired.push(key));
    await update('warm', { Description: 'new words' });
    await plane.settled('warm');
    assert.equal((await resolve('warm')).instanceKey, before.instanceKey);
    assert.deepEqual(retired, []);
    await update('warm', { Environment: { Variables: { NEW: '1' } } });
    await plane.settled('warm');
    const now = await resolve('warm');
    assert.notEqual(now.instanceKey, before.instanceKey);
    assert.deepEqual(now.environment, { NEW: '1' });
    assert.deepEqual(retired, [before.instanceKey]);
  });
});
