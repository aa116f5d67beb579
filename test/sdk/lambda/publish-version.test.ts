// PublishVersion. https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PublishVersionCommandInput } from '@aws-sdk/client-lambda';
import {
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilPublishedVersionActive,
} from '@aws-sdk/client-lambda';
import { craftZip } from '../../support/crafted-zip.ts';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
});
after(() => plane.close());

const publish = (name: string, input: Omit<PublishVersionCommandInput, 'FunctionName'> = {}) =>
  plane.client.send(new PublishVersionCommand({ FunctionName: name, ...input }));

async function describeAs(name: string, description: string): Promise<void> {
  await plane.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Description: description }));
  await plane.settled(name);
}

describe('serialisation', () => {
  it('answers with the version, as active as $LATEST', async () => {
    const latest = await plane.deploy('f', { MemorySize: 256 });
    const { $metadata, ...published } = await publish('f', { Description: 'first' });
    assert.equal($metadata.httpStatusCode, 201);
    assert.equal(published.Version, '1');
    assert.equal(published.FunctionArn, arnOf('f', '1'));
    assert.deepEqual([published.Description, published.MemorySize, published.State], ['first', 256, 'Active']);
    assert.equal(published.CodeSha256, latest.CodeSha256);
    await waitUntilPublishedVersionActive({ client: plane.client, maxWaitTime: 10 }, { FunctionName: 'f', Qualifier: '1' });
  });
});

describe('validation', () => {
  it('another code, an older revision, a function that is not there', async () => {
    const { CodeSha256, RevisionId } = await plane.deploy('checked');
    await assertRefused(
      publish('checked', { CodeSha256: 'other' }),
      'InvalidParameterValueException',
      `CodeSHA256 (other) is different from current CodeSHA256 in $LATEST (${CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
    );
    await assertRefused(publish('checked', { RevisionId: 'older' }), 'PreconditionFailedException', /GetFunction\/GetAlias/, 412);
    await assertRefused(publish('nope'), 'ResourceNotFoundException', `Function not found: ${arnOf('nope')}`);
    assert.equal((await publish('checked', { CodeSha256, RevisionId })).Version, '1');
  });

  it('code that could not be opened is not published', async () => {
    await plane.deploy('broken');
    const ZipFile = craftZip([{ name: 'index.mjs', content: 'x', statedCrc: 7 }]);
    await plane.client.send(new UpdateFunctionCodeCommand({ FunctionName: 'broken', ZipFile }));
    assert.equal((await plane.settled('broken')).LastUpdateStatus, 'Failed');
    await assertRefused(publish('broken'), 'ResourceConflictException', /could not be opened/, 409);
  });
});

describe('behaviour', () => {
  it('nothing new gives the same version again, something new the next one', async () => {
    await plane.deploy('counting');
    await describeAs('counting', 'one');
    const first = await publish('counting', { Description: 'my own words' });
    const again = await publish('counting', { Description: 'other words' });
    assert.deepEqual([again.Version, again.RevisionId, again.Description], ['1', first.RevisionId, 'my own words']);
    await describeAs('counting', 'two');
    const second = await publish('counting');
    assert.deepEqual([second.Version, second.Description], ['2', 'two']);
  });

  it('a version stays as it was, and its number is never used again', async () => {
    await plane.deploy('frozen', { Environment: { Variables: { NAME: 'old' } } });
    const frozen = await publish('frozen');
    await plane.client.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: 'frozen',
        MemorySize: 512,
        Environment: { Variables: { NAME: 'new' } },
      }),
    );
    await plane.settled('frozen');
    const { $metadata: _asked, ...now } = await plane.client.send(
      new GetFunctionConfigurationCommand({ FunctionName: 'frozen', Qualifier: '1' }),
    );
    const { $metadata: _answered, ...then } = frozen;
    assert.deepEqual(now, then);
    await plane.client.send(new DeleteFunctionCommand({ FunctionName: 'frozen', Qualifier: '1' }));
    assert.equal((await publish('frozen')).Version, '2');
  });

  it('of many that publish at once, all get the same version', async () => {
    await plane.deploy('raced');
    const versions = await Promise.all(Array.from({ length: 8 }, () => publish('raced')));
    assert.deepEqual([...new Set(versions.map(({ Version }) => Version))], ['1']);
  });
});
