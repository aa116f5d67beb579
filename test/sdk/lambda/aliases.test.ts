// CreateAlias, GetAlias, UpdateAlias, ListAliases, DeleteAlias. https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CreateAliasCommandInput, UpdateAliasCommandInput } from '@aws-sdk/client-lambda';
import {
  CreateAliasCommand,
  DeleteAliasCommand,
  GetAliasCommand,
  ListAliasesCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
  await plane.deploy('f');
  for (const description of ['one', 'two', 'three']) {
    await plane.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'f', Description: description }));
    await plane.settled('f');
    await plane.client.send(new PublishVersionCommand({ FunctionName: 'f' }));
  }
});
after(() => plane.close());

const create = (Name: string, FunctionVersion: string, rest: Partial<CreateAliasCommandInput> = {}) =>
  plane.client.send(new CreateAliasCommand({ FunctionName: 'f', Name, FunctionVersion, ...rest }));
const update = (Name: string, rest: Partial<UpdateAliasCommandInput>) =>
  plane.client.send(new UpdateAliasCommand({ FunctionName: 'f', Name, ...rest }));
const get = (Name: string) => plane.client.send(new GetAliasCommand({ FunctionName: 'f', Name }));
const weights = (AdditionalVersionWeights: Record<string, number>) => ({ RoutingConfig: { AdditionalVersionWeights } });

describe('serialisation', () => {
  it('gives back what was created', async () => {
    const { $metadata, ...created } = await create('live', '1', { Description: 'for all', ...weights({ 2: 0.2 }) });
    assert.equal($metadata.httpStatusCode, 201);
    assert.deepEqual(created, {
      AliasArn: arnOf('f', 'live'),
      Name: 'live',
      FunctionVersion: '1',
      Description: 'for all',
      RoutingConfig: { AdditionalVersionWeights: { 2: 0.2 } },
      RevisionId: created.RevisionId,
    });
    const { $metadata: _metadata, ...got } = await get('live');
    assert.deepEqual(got, created);
  });
});

describe('validation', () => {
  it('names and descriptions', async () => {
    await assertRefused(create('2024', '1'), 'ValidationException', /'name' failed to satisfy constraint/);
    await assertRefused(create('no spaces', '1'), 'ValidationException', /'name' failed to satisfy constraint/);
    await assertRefused(create('x', '1', { Description: 'x'.repeat(257) }), 'ValidationException', /'description'/);
  });

  it('what is not there, what is there already, older revisions', async () => {
    await assertRefused(create('x', '10'), 'ResourceNotFoundException', `Function not found: ${arnOf('f', '10')}`, 404);
    await assertRefused(
      plane.client.send(new CreateAliasCommand({ FunctionName: 'nope', Name: 'x', FunctionVersion: '1' })),
      'ResourceNotFoundException',
      `Function not found: ${arnOf('nope', '1')}`,
    );
    await create('there', '1');
    await assertRefused(create('there', '2'), 'ResourceConflictException', `Alias already exists: ${arnOf('f', 'there')}`, 409);
    await assertRefused(get('nope'), 'ResourceNotFoundException', `Cannot find alias arn: ${arnOf('f', 'nope')}`);
    await assertRefused(
      update('nope', { Description: 'x' }),
      'ResourceNotFoundException',
      `Alias not found: ${arnOf('f', 'nope')}`,
    );
    await assertRefused(update('there', { RevisionId: 'older' }), 'PreconditionFailedException', /GetFunction\/GetAlias/, 412);
  });

  it('the rules of weights', async () => {
    await assertRefused(
      create('x', '1', weights({ 2: 0.1, 3: 0.1 })),
      'InvalidParameterValueException',
      'Number of items in AdditionalVersionWeights cannot be greater than 1',
    );
    for (const weight of [2, -1])
      await assertRefused(
        create('x', '1', weights({ 2: weight })),
        'ValidationException',
        /'routingConfig\.additionalVersionWeights/,
      );
    await assertRefused(
      create('x', '1', weights({ $LATEST: 0.5 })),
      'ValidationException',
      /at 'routingConfig\.additionalVersionWeights/,
    );
    await assertRefused(
      create('x', '1', weights({ 1: 0.5 })),
      'InvalidParameterValueException',
      'Invalid function version 1. Function version 1 is already included in routing configuration.',
    );
    await assertRefused(
      create('x', '$LATEST', weights({ 1: 0.5 })),
      'InvalidParameterValueException',
      '$LATEST is not supported for an alias pointing to more than 1 version',
    );
    await assertRefused(
      create('x', '1', weights({ 10: 0.5 })),
      'ResourceNotFoundException',
      `Function not found: ${arnOf('f', '10')}`,
    );
    await create('weighted', '1', weights({ 2: 0.5 }));
    await assertRefused(update('weighted', { FunctionVersion: '2' }), 'InvalidParameterValueException', /already included/);
  });
});

describe('behaviour', () => {
  it('an update changes what it names, under a new revision', async () => {
    const created = await create('moving', '1', { Description: 'kept', ...weights({ 2: 0.5 }) });
    const moved = await update('moving', { FunctionVersion: '3', RevisionId: created.RevisionId });
    assert.deepEqual([moved.FunctionVersion, moved.Description, moved.RoutingConfig], ['3', 'kept', created.RoutingConfig]);
    assert.notEqual(moved.RevisionId, created.RevisionId);
    const cleared = await update('moving', weights({}));
    assert.equal(cleared.RoutingConfig, undefined);
  });

  it('lists by name, by version, in pages', async () => {
    const { Aliases = [] } = await plane.client.send(new ListAliasesCommand({ FunctionName: 'f' }));
    const names = Aliases.map(({ Name }) => Name);
    assert.deepEqual(names, ['live', 'moving', 'there', 'weighted']);
    const ofTwo = await plane.client.send(new ListAliasesCommand({ FunctionName: 'f', FunctionVersion: '2' }));
    assert.deepEqual(
      ofTwo.Aliases?.map(({ Name }) => Name),
      ['live', 'weighted'],
      'shares of the calls count',
    );
    const paged: (string | undefined)[] = [];
    let marker: string | undefined;
    do {
      const page = await plane.client.send(new ListAliasesCommand({ FunctionName: 'f', MaxItems: 3, Marker: marker }));
      paged.push(...(page.Aliases ?? []).map(({ Name }) => Name));
      marker = page.NextMarker;
    } while (marker !== undefined);
    assert.deepEqual(paged, names);
  });

  it('is gone after its deletion, and deleting it again is no error', async () => {
    await create('brief', '$LATEST');
    await plane.client.send(new DeleteAliasCommand({ FunctionName: 'f', Name: 'brief' }));
    await assertRefused(get('brief'), 'ResourceNotFoundException', `Cannot find alias arn: ${arnOf('f', 'brief')}`);
    await plane.client.send(new DeleteAliasCommand({ FunctionName: 'f', Name: 'brief' }));
  });

  it('many made at once are all there', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, index) => create(`many-${index}`, '1')));
    for (let index = 0; index < 12; index++) assert.equal((await get(`many-${index}`)).FunctionVersion, '1');
  });
});
