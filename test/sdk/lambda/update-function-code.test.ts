// UpdateFunctionCode. https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { UpdateFunctionCodeCommandInput } from '@aws-sdk/client-lambda';
import { GetFunctionConfigurationCommand, UpdateFunctionCodeCommand, waitUntilFunctionUpdatedV2 } from '@aws-sdk/client-lambda';
import { craftZip } from '../../support/crafted-zip.ts';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { SCOPE } from '../../support/temporary-registry.ts';
import { zipOf } from '../../support/zip.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
});
after(() => plane.close());

const codeOf = (text: string) => zipOf({ 'index.mjs': `export const handler = () => '${text}';` });
const damaged = craftZip([{ name: 'index.mjs', content: 'x', statedCrc: 7 }]);

const update = (name: string, input: Omit<UpdateFunctionCodeCommandInput, 'FunctionName'>) =>
  plane.client.send(new UpdateFunctionCodeCommand({ FunctionName: name, ...input }));
const resolve = (name: string) => plane.registry.resolve(SCOPE, { name: name as never });

describe('serialisation', () => {
  it('answers with the new code, in progress', async () => {
    const before = await plane.deploy('f');
    const zip = await codeOf('two');
    const updated = await update('f', { ZipFile: zip });
    assert.equal(updated.CodeSize, zip.length);
    assert.notEqual(updated.CodeSha256, before.CodeSha256);
    assert.notEqual(updated.RevisionId, before.RevisionId);
    assert.equal(updated.State, 'Active');
    assert.equal(updated.LastUpdateStatus, 'InProgress');
    assert.equal(updated.LastUpdateStatusReasonCode, 'Creating');
    await waitUntilFunctionUpdatedV2({ client: plane.client, maxWaitTime: 20 }, { FunctionName: 'f' });
    const settled = await plane.client.send(new GetFunctionConfigurationCommand({ FunctionName: 'f' }));
    assert.equal(settled.LastUpdateStatus, 'Successful');
    assert.equal(settled.CodeSha256, updated.CodeSha256);
  });
});

describe('validation', () => {
  it('a function that is not there, an old revision, an image, another architecture', async () => {
    const { RevisionId } = await plane.deploy('checked');
    const ZipFile = await codeOf('x');
    await assertRefused(update('nope', { ZipFile }), 'ResourceNotFoundException', `Function not found: ${arnOf('nope')}`, 404);
    await assertRefused(
      update('checked', { ZipFile, RevisionId: 'older' }),
      'PreconditionFailedException',
      'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
      412,
    );
    await assertRefused(update('checked', { ImageUri: 'a/b:c' }), 'InvalidParameterValueException', /ImageUri/);
    await assertRefused(
      update('checked', { ZipFile: Buffer.from('no zip') }),
      'InvalidParameterValueException',
      /^Could not unzip/,
    );
    await update('checked', { ZipFile, RevisionId });
  });

  it('a qualified name is refused', async () => {
    await assertRefused(
      update('checked:live', { ZipFile: await codeOf('x') }),
      'InvalidParameterValueException',
      /permitted on Lambda functions only/,
    );
  });
});

describe('behaviour', () => {
  it('an update during an update is a conflict', async () => {
    await plane.deploy('busy');
    const [one, two] = await Promise.all([codeOf('one'), codeOf('two')]);
    const outcomes = await Promise.allSettled([update('busy', { ZipFile: one }), update('busy', { ZipFile: two })]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    for (const { reason } of refused)
      assert.equal(
        (reason as Error).message,
        `The operation cannot be performed at this time. An update is in progress for resource: ${arnOf('busy')}`,
      );
    assert.ok(refused.length <= 1);
    assert.equal((await plane.settled('busy')).LastUpdateStatus, 'Successful');
  });

  it('DryRun checks everything and changes nothing', async () => {
    const before = await plane.deploy('dry');
    const zip = await codeOf('dry');
    const answer = await update('dry', { ZipFile: zip, DryRun: true });
    assert.equal(answer.CodeSize, zip.length);
    const now = await plane.settled('dry');
    assert.deepEqual([now.CodeSha256, now.RevisionId], [before.CodeSha256, before.RevisionId]);
    await assertRefused(
      update('dry', { ZipFile: Buffer.from('no zip'), DryRun: true }),
      'InvalidParameterValueException',
      /^Could not unzip/,
    );
  });

  it('Publish answers with the new version, which becomes active with the update', async () => {
    await plane.deploy('publishing');
    const published = await update('publishing', { ZipFile: await codeOf('v1'), Publish: true });
    assert.equal(published.Version, '1');
    assert.equal(published.FunctionArn, arnOf('publishing', '1'));
    assert.equal(published.State, 'Pending');
    const settled = await plane.settled('publishing', '1');
    assert.deepEqual([settled.State, settled.CodeSha256], ['Active', published.CodeSha256]);
    const again = await update('publishing', { ZipFile: await codeOf('v1'), Publish: true });
    assert.equal(again.Version, '1', 'nothing changed, so there is no second version');
  });

  it('code that cannot be opened fails the update, and the code before it goes on serving', async () => {
    await plane.deploy('survivor');
    const before = await resolve('survivor');
    await update('survivor', { ZipFile: damaged });
    const failed = await plane.settled('survivor');
    assert.deepEqual([failed.State, failed.LastUpdateStatus], ['Active', 'Failed']);
    assert.equal(failed.LastUpdateStatusReasonCode, 'InvalidZipFileException');
    const now = await resolve('survivor');
    assert.equal(now.instanceKey, before.instanceKey);
    await now.codeTree();
    await update('survivor', { ZipFile: await codeOf('better') });
    assert.equal((await plane.settled('survivor')).LastUpdateStatus, 'Successful');
    assert.notEqual((await resolve('survivor')).instanceKey, before.instanceKey);
  });

  it('a function whose creation failed is mended by an update', async () => {
    const failed = await plane.deploy('mended', { Code: { ZipFile: damaged } });
    assert.equal(failed.State, 'Failed');
    await assert.rejects(resolve('mended'), /The function is currently in the following state: Failed/);
    await update('mended', { ZipFile: await codeOf('well') });
    const mended = await plane.settled('mended');
    assert.deepEqual([mended.State, mended.StateReason, mended.LastUpdateStatus], ['Active', undefined, 'Successful']);
    await resolve('mended');
  });

  it('the same code again keeps warm instances', async () => {
    await plane.deploy('same');
    const before = await resolve('same');
    await update('same', {
      ZipFile: await zipOf({ 'index.mjs': 'export const handler = async (event) => ({ hello: event.name });' }),
    });
    await plane.settled('same');
    assert.equal((await resolve('same')).instanceKey, before.instanceKey);
  });
});
