// Runtimes that are replaced by the nearest one, and SnapStart, as a client sees them.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { openLambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { SCOPE } from '../../support/temporary-registry.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
});
after(() => plane.close());

const resolve = (name: string) => plane.registry.resolve(SCOPE, { name: name as never });

describe('runtimes', () => {
  it('an old one keeps its name, runs on the nearest, and GetFunction says so', async () => {
    const { Runtime, State } = await plane.deploy('old', { Runtime: 'nodejs16.x' });
    assert.deepEqual([Runtime, State], ['nodejs16.x', 'Active']);
    assert.equal((await resolve('old')).runtime, 'nodejs20.x');
    const { Configuration } = await plane.client.send(new GetFunctionCommand({ FunctionName: 'old' }));
    assert.equal(Configuration?.StateReason, undefined);
    assert.equal(Configuration?.RuntimeVersionConfig?.Error?.ErrorCode, 'RuntimeReplaced');
    assert.match(Configuration.RuntimeVersionConfig.Error.Message ?? '', /the function runs on nodejs20\.x/);
  });

  it('the warning goes with the runtime that it was about', async () => {
    await plane.deploy('moved', { Runtime: 'python3.8', Handler: 'app.handler' });
    assert.equal((await resolve('moved')).runtime, 'python3.11');
    await plane.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'moved', Runtime: 'python3.12' }));
    assert.equal((await plane.settled('moved')).RuntimeVersionConfig, undefined);
    assert.equal((await resolve('moved')).runtime, 'python3.12');
  });
});

describe('SnapStart', () => {
  it('is kept and shown, and a published version says that its start is optimised', async () => {
    const { SnapStart } = await plane.deploy('snappy', { SnapStart: { ApplyOn: 'PublishedVersions' } });
    assert.deepEqual(SnapStart, { ApplyOn: 'PublishedVersions', OptimizationStatus: 'Off' });
    const version = await plane.client.send(new PublishVersionCommand({ FunctionName: 'snappy' }));
    assert.deepEqual(version.SnapStart, { ApplyOn: 'PublishedVersions', OptimizationStatus: 'On' });
  });

  it('is switched off again, for versions that are published from then on', async () => {
    await plane.deploy('unsnapped', { SnapStart: { ApplyOn: 'PublishedVersions' }, Publish: true });
    const before = await resolve('unsnapped');
    await plane.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'unsnapped', SnapStart: { ApplyOn: 'None' } }));
    assert.deepEqual((await plane.settled('unsnapped')).SnapStart, { ApplyOn: 'None', OptimizationStatus: 'Off' });
    assert.equal((await resolve('unsnapped')).instanceKey, before.instanceKey, 'no instance notices');
    const first = await plane.client.send(new GetFunctionConfigurationCommand({ FunctionName: 'unsnapped', Qualifier: '1' }));
    assert.equal(first.SnapStart?.OptimizationStatus, 'On');
    const second = await plane.client.send(new PublishVersionCommand({ FunctionName: 'unsnapped' }));
    assert.deepEqual([second.Version, second.SnapStart?.OptimizationStatus], ['2', 'Off']);
  });
});

describe('for whoever looks after the platform', () => {
  it('a survey says which functions have something else than they asked for, old versions too', async () => {
    const surveyed = await openLambdaControlPlane();
    try {
      await surveyed.deploy('renewed', { Runtime: 'nodejs14.x', Publish: true });
      await surveyed.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'renewed', Runtime: 'nodejs24.x' }));
      await surveyed.registry.idle();
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f'])
        await surveyed.deploy(name, { SnapStart: { ApplyOn: 'PublishedVersions' } });
      await surveyed.deploy('plain');
      const findings = await surveyed.registry.survey(SCOPE);
      assert.deepEqual(
        findings.map(({ sentence, functions, names }) => [sentence.split(' ')[0], functions, names]),
        [
          ['nodejs14.x', 1, ['renewed']],
          ['SnapStart', 6, ['a', 'b', 'c', 'd', 'e']],
        ],
      );
    } finally {
      await surveyed.close();
    }
  });
});
