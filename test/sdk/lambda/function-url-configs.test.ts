// Create-, Get-, Update-, Delete- and ListFunctionUrlConfig. https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CreateFunctionUrlConfigCommandInput, UpdateFunctionUrlConfigCommandInput } from '@aws-sdk/client-lambda';
import {
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  ListFunctionUrlConfigsCommand,
  PublishVersionCommand,
  UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
  for (const name of ['f', 'g', 'h']) await plane.deploy(name);
  await plane.client.send(new PublishVersionCommand({ FunctionName: 'f' }));
  await plane.client.send(new CreateAliasCommand({ FunctionName: 'f', Name: 'live', FunctionVersion: '1' }));
});
after(() => plane.close());

const create = (FunctionName: string, input: Partial<CreateFunctionUrlConfigCommandInput> = {}) =>
  plane.client.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE', ...input }));
const update = (FunctionName: string, input: Partial<UpdateFunctionUrlConfigCommandInput>) =>
  plane.client.send(new UpdateFunctionUrlConfigCommand({ FunctionName, ...input }));
const get = (FunctionName: string, Qualifier?: string) =>
  plane.client.send(new GetFunctionUrlConfigCommand({ FunctionName, Qualifier }));
const remove = (FunctionName: string, Qualifier?: string) =>
  plane.client.send(new DeleteFunctionUrlConfigCommand({ FunctionName, Qualifier }));
const idOf = (url: string | undefined) => new URL(url ?? '').hostname.split('.')[0] ?? '';

describe('serialisation', () => {
  it('gives back what was set, under a URL of its own', async () => {
    const Cors = {
      AllowCredentials: true,
      AllowHeaders: ['x-a'],
      AllowMethods: ['GET', 'POST'],
      AllowOrigins: ['https://example.com'],
      ExposeHeaders: ['x-b'],
      MaxAge: 60,
    };
    const { $metadata, ...created } = await create('f', { AuthType: 'AWS_IAM', Cors, InvokeMode: 'BUFFERED' });
    assert.equal($metadata.httpStatusCode, 201);
    assert.match(created.FunctionUrl ?? '', /^http:\/\/[a-z0-9]{32}\.lambda-url\.us-east-1\.localhost:4566\/$/);
    assert.deepEqual([created.AuthType, created.Cors, created.InvokeMode], ['AWS_IAM', Cors, 'BUFFERED']);
    assert.equal(created.FunctionArn, arnOf('f'));
    const { $metadata: _metadata, LastModifiedTime, ...got } = await get('f');
    assert.match(LastModifiedTime ?? '', /Z$/);
    assert.deepEqual(got, created);
  });
});

describe('validation', () => {
  it('modes, methods, ages', async () => {
    await assertRefused(create('g', { InvokeMode: 'STREAM' as 'BUFFERED' }), 'ValidationException', /'invokeMode'/);
    await assertRefused(create('g', { AuthType: 'COOKIE' as 'NONE' }), 'ValidationException', /'authType'/);
    await assertRefused(create('g', { Cors: { AllowMethods: ['FETCH'] } }), 'ValidationException', /'cors\.allowMethods/);
    await assertRefused(create('g', { Cors: { MaxAge: 86_401 } }), 'ValidationException', /'cors\.maxAge'/);
  });

  it('qualifiers that are no alias', async () => {
    for (const Qualifier of ['1', '$LATEST']) await assertRefused(create('f', { Qualifier }), 'ValidationException', /'qualifier'/);
    await assertRefused(create('f', { Qualifier: 'nope' }), 'ResourceNotFoundException', 'Function does not exist');
    await assertRefused(
      create(arnOf('f', 'live'), { Qualifier: 'other' }),
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  });

  it('what is not there, what is there already', async () => {
    await assertRefused(create('nope'), 'ResourceNotFoundException', 'Function does not exist', 404);
    await assertRefused(update('nope', {}), 'ResourceNotFoundException', 'Function does not exist', 404);
    for (const call of [get('nope'), get('h'), remove('nope'), remove('h'), update('h', {})])
      await assertRefused(call, 'ResourceNotFoundException', /^(The resource you requested|Function) does not exist\.?$/, 404);
    await assertRefused(
      create('f'),
      'ResourceConflictException',
      `Failed to create function url config for [functionArn = ${arnOf('f')}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
      409,
    );
  });
});

describe('behaviour', () => {
  it('an update keeps the URL, and is seen by those who resolve it at once', async () => {
    const { FunctionUrl } = await create('g');
    const urlId = idOf(FunctionUrl);
    assert.equal((await plane.registry.resolveUrl(urlId))?.authType, 'NONE');
    const updated = await update('g', { AuthType: 'AWS_IAM', Cors: { AllowOrigins: ['*'] } });
    assert.equal(updated.FunctionUrl, FunctionUrl);
    const resolved = await plane.registry.resolveUrl(urlId);
    assert.deepEqual([resolved?.name, resolved?.qualifier, resolved?.authType], ['g', undefined, 'AWS_IAM']);
    assert.deepEqual(resolved?.cors?.allowOrigins, ['*']);
    await remove('g');
    assert.equal(await plane.registry.resolveUrl(urlId), undefined);
    await create('g');
    assert.equal(await plane.registry.resolveUrl(urlId), undefined, 'a new URL has a new id');
  });

  it('responses are buffered unless the URL says that they stream', async () => {
    const { FunctionUrl, InvokeMode } = await create('h', { InvokeMode: 'RESPONSE_STREAM' });
    const resolvedMode = async () => (await plane.registry.resolveUrl(idOf(FunctionUrl)))?.invokeMode;
    assert.deepEqual([InvokeMode, await resolvedMode()], ['RESPONSE_STREAM', 'RESPONSE_STREAM']);
    assert.equal((await update('h', { AuthType: 'AWS_IAM' })).InvokeMode, 'RESPONSE_STREAM', 'what is not said stays');
    assert.equal((await update('h', { InvokeMode: 'BUFFERED' })).InvokeMode, 'BUFFERED');
    assert.equal((await get('h')).InvokeMode, 'BUFFERED');
    assert.equal(await resolvedMode(), 'BUFFERED');
    await assertRefused(update('h', { InvokeMode: 'STREAM' as 'BUFFERED' }), 'ValidationException', /'invokeMode'/);
    await remove('h');
  });

  it('an alias has a URL of its own', async () => {
    const { FunctionUrl } = await create('f', { Qualifier: 'live' });
    assert.equal((await plane.registry.resolveUrl(idOf(FunctionUrl)))?.qualifier, 'live');
    const { FunctionUrlConfigs = [] } = await plane.client.send(new ListFunctionUrlConfigsCommand({ FunctionName: 'f' }));
    assert.deepEqual(
      FunctionUrlConfigs.map(({ FunctionArn }) => FunctionArn),
      [arnOf('f'), arnOf('f', 'live')],
    );
    await remove('f');
    assert.equal((await get('f', 'live')).FunctionUrl, FunctionUrl);
  });

  it('nobody has an id that was never given', async () => {
    assert.equal(await plane.registry.resolveUrl('x'.repeat(32)), undefined);
    assert.equal(await plane.registry.resolveUrl('../../etc'), undefined);
  });
});
