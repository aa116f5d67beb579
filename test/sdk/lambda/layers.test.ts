// Layers: publish, get, list, delete, permissions, and functions that have them.
// https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { PublishLayerVersionCommandInput } from '@aws-sdk/client-lambda';
import {
  AddLayerVersionPermissionCommand,
  DeleteLayerVersionCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  ListLayersCommand,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
  RemoveLayerVersionPermissionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { craftZip } from '../../support/crafted-zip.ts';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { assertRefused, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { HOST_ARCHITECTURE, SCOPE } from '../../support/temporary-registry.ts';
import { zipOf } from '../../support/zip.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
});
after(() => plane.close());

const layerArn = (name: string, version?: number) =>
  `arn:aws:lambda:us-east-1:000000000000:layer:${name}${version === undefined ? '' : `:${version}`}`;
const archive = (text: string) => zipOf({ 'nodejs/node_modules/x/index.js': text });
const publish = async (LayerName: string, input: Partial<PublishLayerVersionCommandInput> = {}) =>
  plane.client.send(new PublishLayerVersionCommand({ LayerName, Content: { ZipFile: await archive(LayerName) }, ...input }));
const get = (LayerName: string, VersionNumber: number) =>
  plane.client.send(new GetLayerVersionCommand({ LayerName, VersionNumber }));
const remove = (LayerName: string, VersionNumber: number) =>
  plane.client.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber }));

describe('serialisation', () => {
  it('gives back what was published', async () => {
    const { $metadata, ...published } = await publish('one', {
      Description: 'mine',
      LicenseInfo: 'MIT',
      CompatibleRuntimes: ['nodejs24.x', 'python3.12'],
      CompatibleArchitectures: [HOST_ARCHITECTURE],
    });
    assert.equal($metadata.httpStatusCode, 201);
    const { CreatedDate, Content, ...rest } = published;
    assert.match(CreatedDate ?? '', /\+0000$/);
    assert.deepEqual(rest, {
      LayerArn: layerArn('one'),
      LayerVersionArn: layerArn('one', 1),
      Version: 1,
      Description: 'mine',
      LicenseInfo: 'MIT',
      CompatibleRuntimes: ['nodejs24.x', 'python3.12'],
      CompatibleArchitectures: [HOST_ARCHITECTURE],
    });
    const zip = await archive('one');
    assert.equal(Content?.CodeSize, zip.length);
    assert.deepEqual(Buffer.from(await (await fetch(Content?.Location ?? '')).arrayBuffer()), Buffer.from(zip));
    const byArn = await plane.client.send(new GetLayerVersionByArnCommand({ Arn: layerArn('one', 1) }));
    assert.equal(byArn.Content?.CodeSha256, Content?.CodeSha256);
    assert.equal((await get(layerArn('one'), 1)).LayerVersionArn, layerArn('one', 1));
  });
});

describe('validation', () => {
  it('archives are checked before the answer', async () => {
    const damaged = craftZip([{ name: 'x', content: 'x', statedCrc: 7 }]);
    await assertRefused(
      publish('bad', { Content: { ZipFile: damaged } }),
      'InvalidParameterValueException',
      /^Could not unzip.*checksum/,
    );
    await assertRefused(publish('bad', { Content: {} }), 'InvalidParameterValueException', /^Please provide a source/);
    await assertRefused(get('bad', 1), 'ResourceNotFoundException', 'The resource you requested does not exist.');
  });

  it('versions, ARNs, architectures', async () => {
    for (const version of [0, -1])
      await assertRefused(get('one', version), 'InvalidParameterValueException', 'Layer Version Cannot be less than 1');
    await assertRefused(get('one', 2), 'ResourceNotFoundException', 'The resource you requested does not exist.', 404);
    await assertRefused(
      plane.client.send(new GetLayerVersionByArnCommand({ Arn: layerArn('one') })),
      'ValidationException',
      /'arn'/,
    );
    await assertRefused(
      publish('x', { CompatibleArchitectures: ['mips' as never] }),
      'ValidationException',
      /'compatibleArchitectures/,
    );
  });

  it('permissions', async () => {
    const permission = { LayerName: 'one', VersionNumber: 1, StatementId: 's', Action: 'lambda:GetLayerVersion', Principal: '*' };
    const add = (input: Partial<typeof permission> & { OrganizationId?: string; RevisionId?: string } = {}) =>
      plane.client.send(new AddLayerVersionPermissionCommand({ ...permission, ...input }));
    await assertRefused(add({ Action: '*' }), 'ValidationException', /'action'/);
    await assertRefused(
      add({ VersionNumber: 9 }),
      'ResourceNotFoundException',
      `Layer version ${layerArn('one', 9)} does not exist.`,
    );
    const { Statement, RevisionId } = await add();
    assert.equal(
      Statement,
      `{"Sid":"s","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"${layerArn('one', 1)}"}`,
    );
    await assertRefused(add(), 'ResourceConflictException', /^The statement id \(s\) provided already exists/, 409);
    await assertRefused(add({ StatementId: 't', RevisionId: 'older' }), 'PreconditionFailedException', /GetLayerPolicy/, 412);
    const version = { LayerName: 'one', VersionNumber: 1 };
    const { Policy } = await plane.client.send(new GetLayerVersionPolicyCommand(version));
    assert.equal(Policy, `{"Version":"2012-10-17","Id":"default","Statement":[${Statement}]}`);
    await plane.client.send(new RemoveLayerVersionPermissionCommand({ ...version, StatementId: 's', RevisionId }));
    await assertRefused(
      plane.client.send(new GetLayerVersionPolicyCommand(version)),
      'ResourceNotFoundException',
      /does not exist/,
    );
  });
});

describe('behaviour', () => {
  it('numbers grow and are never used again', async () => {
    await publish('numbered');
    assert.equal((await publish('numbered')).Version, 2);
    await remove('numbered', 1);
    await remove('numbered', 2);
    await remove('numbered', 2);
    const { LayerVersions } = await plane.client.send(new ListLayerVersionsCommand({ LayerName: 'numbered' }));
    assert.deepEqual(LayerVersions, []);
    assert.equal((await publish('numbered')).Version, 3);
  });

  it('lists newest first, each layer with its newest match, in pages', async () => {
    for (let version = 1; version <= 11; version++)
      await publish('many', { CompatibleRuntimes: version === 4 ? ['python3.12'] : [] });
    const first = await plane.client.send(new ListLayerVersionsCommand({ LayerName: 'many', MaxItems: 4 }));
    const second = await plane.client.send(
      new ListLayerVersionsCommand({ LayerName: 'many', MaxItems: 4, Marker: first.NextMarker }),
    );
    assert.deepEqual(
      [...(first.LayerVersions ?? []), ...(second.LayerVersions ?? [])].map(({ Version }) => Version),
      [11, 10, 9, 8, 7, 6, 5, 4],
    );
    const { Layers = [] } = await plane.client.send(new ListLayersCommand({}));
    assert.equal(Layers.find(({ LayerName }) => LayerName === 'many')?.LatestMatchingVersion?.Version, 11);
    const { Layers: python = [] } = await plane.client.send(new ListLayersCommand({ CompatibleRuntime: 'python3.12' }));
    assert.deepEqual(
      python.map(({ LayerName, LatestMatchingVersion }) => [LayerName, LatestMatchingVersion?.Version]),
      [
        ['many', 4],
        ['one', 1],
      ],
    );
  });

  it('a function has its layers in order, and keeps one that is deleted', async () => {
    await publish('base');
    await publish('top');
    const attached = await plane.deploy('layered', { Layers: [layerArn('base', 1), layerArn('top', 1)] });
    assert.deepEqual(
      attached.Layers?.map(({ Arn }) => Arn),
      [layerArn('base', 1), layerArn('top', 1)],
    );
    await remove('base', 1);
    await plane.registry.idle();
    const trees = await (await plane.registry.resolve(SCOPE, { name: 'layered' as never })).layerTrees();
    const contents = await Promise.all(trees.map((tree) => readFile(join(tree, 'nodejs/node_modules/x/index.js'), 'utf8')));
    assert.deepEqual(contents, ['base', 'top']);
    await assertRefused(
      plane.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'layered', Layers: [layerArn('base', 1)] })),
      'InvalidParameterValueException',
      `Layer version ${layerArn('base', 1)} does not exist.`,
    );
  });

  it('two versions of a layer, other regions and other machines are refused', async () => {
    await publish('twice');
    await publish('twice');
    const attach = (...Layers: string[]) =>
      plane.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'attaching', Layers }));
    await plane.deploy('attaching');
    await assertRefused(
      attach(layerArn('twice', 1), layerArn('twice', 2)),
      'InvalidParameterValueException',
      `Two different versions of the same layer are not allowed to be referenced in the same function. ${layerArn('twice', 1)} and ${layerArn('twice', 2)} are versions of the same layer.`,
    );
    await assertRefused(
      attach(layerArn('twice', 1).replace('us-east-1', 'eu-west-1')),
      'InvalidParameterValueException',
      'Layers are not in the same region as the function. Layers are expected to be in region us-east-1.',
    );
    await assertRefused(attach(layerArn('twice')), 'ValidationException', /'layers/);
    await publish('foreign', { CompatibleArchitectures: [HOST_ARCHITECTURE === 'arm64' ? 'x86_64' : 'arm64'] });
    await assertRefused(attach(layerArn('foreign', 1)), 'InvalidParameterValueException', /this machine runs/);
  });
});
