// Environments whose key changes or goes: what clients see then. https://docs.aws.amazon.com/lambda/latest/api/API_EnvironmentResponse.html

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GetFunctionConfigurationCommand, ListFunctionsCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { openLambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { SCOPE, SECRET_KEY } from '../../support/temporary-registry.ts';

const OTHER_KEY = Buffer.alloc(32, 8);
const Variables = { TOKEN: 'hunter2' };

test('a key that is gone hides the variables and nothing else, until they are set again', async () => {
  const before = await openLambdaControlPlane({ keep: true });
  await before.deploy('f', { Environment: { Variables } });
  await before.close();

  const rotated = await openLambdaControlPlane({
    folder: before.folder,
    keep: true,
    secretKey: OTHER_KEY,
    earlierSecretKeys: [SECRET_KEY],
  });
  const shown = await rotated.client.send(new GetFunctionConfigurationCommand({ FunctionName: 'f' }));
  assert.deepEqual(shown.Environment, { Variables });
  await rotated.close();

  const forgetful = await openLambdaControlPlane({ folder: before.folder, secretKey: OTHER_KEY });
  try {
    const { Functions } = await forgetful.client.send(new ListFunctionsCommand({}));
    assert.equal(Functions?.[0]?.Environment?.Error?.ErrorCode, 'KMSNotFoundException');
    assert.match(Functions[0].Environment.Error.Message ?? '', /was encrypted with key [0-9a-f]{12}, which is not there/);
    const resolve = () => forgetful.registry.resolve(SCOPE, { name: 'f' as never });
    await assert.rejects(resolve(), { code: 'KMSNotFoundException' });
    await forgetful.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'f', Environment: { Variables } }));
    assert.deepEqual((await forgetful.settled('f')).Environment, { Variables });
    assert.deepEqual((await resolve()).environment, Variables);
  } finally {
    await forgetful.close();
  }
});
