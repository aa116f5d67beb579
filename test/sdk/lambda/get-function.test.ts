// GetFunction and GetFunctionConfiguration. https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CreateAliasCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, HELLO, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { zipOf } from '../../support/zip.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
  await plane.deploy('f', { Tags: { team: 'blue' }, Environment: { Variables: { COLOUR: 'blue' } } });
  await plane.client.send(new PublishVersionCommand({ FunctionName: 'f', Description: 'first' }));
  await plane.client.send(new CreateAliasCommand({ FunctionName: 'f', Name: 'live', FunctionVersion: '1' }));
});
after(() => plane.close());

const get = (name: string, qualifier?: string) =>
  plane.client.send(new GetFunctionCommand({ FunctionName: name, Qualifier: qualifier }));

describe('serialisation', () => {
  it('answers with configuration, code, tags and concurrency', async () => {
    await plane.client.send(new PutFunctionConcurrencyCommand({ FunctionName: 'f', ReservedConcurrentExecutions: 0 }));
    const { Configuration, Code, Tags, Concurrency } = await get('f');
    assert.equal(Configuration?.FunctionArn, arnOf('f'));
    assert.deepEqual(Configuration?.Environment, { Variables: { COLOUR: 'blue' } });
    assert.equal(Code?.RepositoryType, 'S3');
    assert.deepEqual(Tags, { team: 'blue' });
    assert.deepEqual(Concurrency, { ReservedConcurrentExecutions: 0 });
  });

  it('the configuration alone is the same', async () => {
    const { $metadata, ...alone } = await plane.client.send(new GetFunctionConfigurationCommand({ FunctionName: 'f' }));
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(alone, (await get('f')).Configuration);
  });
});

describe('validation', () => {
  it('what is not there is named as it was asked for', async () => {
    await assertRefused(get('nope'), 'ResourceNotFoundException', `Function not found: ${arnOf('nope')}`, 404);
    await assertRefused(get('nope', '$LATEST'), 'ResourceNotFoundException', `Function not found: ${arnOf('nope', '$LATEST')}`);
    await assertRefused(get('f', '42'), 'ResourceNotFoundException', `Function not found: ${arnOf('f', '42')}`);
    await assertRefused(get('f:no-alias'), 'ResourceNotFoundException', `Function not found: ${arnOf('f', 'no-alias')}`);
  });

  it('another region, another account, a qualifier that contradicts the name', async () => {
    await assertRefused(
      get('arn:aws:lambda:eu-west-1:000000000000:function:f'),
      'ResourceNotFoundException',
      "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    );
    await assertRefused(
      get('arn:aws:lambda:us-east-1:999999999999:function:f'),
      'AccessDeniedException',
      /account 999999999999/,
      403,
    );
    await assertRefused(
      get(arnOf('f', '1'), '2'),
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
    await assertRefused(get('arn:aws:lambda:us-east-1::function:f'), 'ValidationException', /'functionName'/);
  });
});

describe('behaviour', () => {
  it('every form of a name leads to the function', async () => {
    for (const form of ['f', 'function:f', '000000000000:f', '000000000000:function:f', arnOf('f')])
      assert.equal((await get(form)).Configuration?.FunctionArn, arnOf('f'));
    for (const form of ['f:1', '000000000000:function:f:1', arnOf('f', '1')])
      assert.equal((await get(form)).Configuration?.FunctionArn, arnOf('f', '1'));
  });

  it('an alias leads to its version, under the ARN of the alias', async () => {
    const { Configuration } = await get('f', 'live');
    assert.deepEqual(
      [Configuration?.FunctionArn, Configuration?.Version, Configuration?.Description],
      [arnOf('f', 'live'), '1', 'first'],
    );
  });

  it('the link downloads the archive as it was uploaded', async () => {
    const { Code } = await get('f');
    const response = await fetch(Code?.Location ?? '');
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/zip');
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), Buffer.from(await zipOf(HELLO)));
    const head = await fetch(Code?.Location ?? '', { method: 'HEAD' });
    assert.equal(head.headers.get('content-length'), String((await zipOf(HELLO)).length));
  });

  it('a link that was changed leads nowhere', async () => {
    const location = (await get('f')).Code?.Location ?? '';
    const changed = location.replace(/\.[0-9a-f]{64}\./, `.${'0'.repeat(64)}.`);
    for (const url of [
      changed,
      `${location}x`,
      location.slice(0, -1),
      `${plane.endpoint}/_mayfly/code/`,
      `${plane.endpoint}/_mayfly/code/..%2f..`,
    ]) {
      const response = await fetch(url);
      assert.equal(response.status, 403, url);
      assert.match(await response.text(), /not valid/);
    }
    assert.equal((await fetch(location, { method: 'POST' })).status, 405);
  });
});
