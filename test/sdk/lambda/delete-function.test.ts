// DeleteFunction. https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetPolicyCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { SCOPE } from '../../support/temporary-registry.ts';
import { zipOf } from '../../support/zip.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
});
after(() => plane.close());

const remove = (name: string, qualifier?: string) =>
  plane.client.send(new DeleteFunctionCommand({ FunctionName: name, Qualifier: qualifier }));
const publish = (name: string) => plane.client.send(new PublishVersionCommand({ FunctionName: name }));

describe('serialisation', () => {
  it('answers 204', async () => {
    await plane.deploy('f');
    const { $metadata, StatusCode } = await remove('f');
    assert.equal($metadata.httpStatusCode, 204);
    assert.equal(StatusCode, 204);
  });
});

describe('validation', () => {
  it('what is not there, $LATEST, aliases', async () => {
    await plane.deploy('checked');
    await assertRefused(remove('nope'), 'ResourceNotFoundException', `Function not found: ${arnOf('nope')}`, 404);
    await assertRefused(remove('nope', '1'), 'ResourceNotFoundException', `Function not found: ${arnOf('nope')}`, 404);
    await assertRefused(
      remove('checked', '$LATEST'),
      'InvalidParameterValueException',
      '$LATEST version cannot be deleted without deleting the function.',
    );
    await assertRefused(
      remove('checked', 'live'),
      'InvalidParameterValueException',
      'Deletion of aliases is not currently supported.',
    );
    await remove('checked', '42');
  });

  it('a version that an alias leads to stays', async () => {
    await plane.deploy('aliased');
    await publish('aliased');
    await plane.client.send(new CreateAliasCommand({ FunctionName: 'aliased', Name: 'live', FunctionVersion: '1' }));
    await assertRefused(
      remove('aliased', '1'),
      'ResourceConflictException',
      'Unable to delete version because the following aliases reference it: [live]',
      409,
    );
    await plane.client.send(new DeleteAliasCommand({ FunctionName: 'aliased', Name: 'live' }));
    await remove('aliased', '1');
    await assertRefused(
      plane.client.send(new GetFunctionCommand({ FunctionName: 'aliased:1' })),
      'ResourceNotFoundException',
      /aliased:1$/,
    );
  });
});

describe('behaviour', () => {
  it('takes everything with it, and a new function of the name begins anew', async () => {
    await plane.deploy('whole');
    await publish('whole');
    await plane.client.send(new CreateAliasCommand({ FunctionName: 'whole', Name: 'live', FunctionVersion: '1' }));
    await plane.client.send(new PutFunctionConcurrencyCommand({ FunctionName: 'whole', ReservedConcurrentExecutions: 900 }));
    const { FunctionUrl } = await plane.client.send(
      new CreateFunctionUrlConfigCommand({ FunctionName: 'whole', AuthType: 'NONE' }),
    );
    const permission = { StatementId: 's', Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com' };
    await plane.client.send(new AddPermissionCommand({ FunctionName: 'whole', ...permission }));
    await remove('whole');

    await plane.deploy('whole');
    await assertRefused(
      plane.client.send(new GetFunctionCommand({ FunctionName: 'whole:1' })),
      'ResourceNotFoundException',
      /whole:1$/,
    );
    await assertRefused(
      plane.client.send(new GetFunctionCommand({ FunctionName: 'whole:live' })),
      'ResourceNotFoundException',
      /live$/,
    );
    await assertRefused(
      plane.client.send(new GetPolicyCommand({ FunctionName: 'whole' })),
      'ResourceNotFoundException',
      /does not exist/,
    );
    assert.equal(await plane.registry.resolveUrl(new URL(FunctionUrl ?? '').hostname.split('.')[0] ?? ''), undefined);
    const { AccountLimit } = await plane.client.send(new GetAccountSettingsCommand({}));
    assert.equal(AccountLimit?.UnreservedConcurrentExecutions, 1000);
    assert.equal((await publish('whole')).Version, '1');
  });

  it('retires its instances, and removes its code when they are gone and nobody else uses it', async () => {
    const Code = { ZipFile: await zipOf({ 'index.js': 'only here' }) };
    await plane.deploy('one', { Code });
    await plane.deploy('two', { Code });
    const tree = (await readdir(plane.codeFolder)).find((name) => name === hashOf(Code.ZipFile));
    assert.ok(tree, 'the code was opened');
    const { instanceKey } = await plane.registry.resolve(SCOPE, { name: 'two' as never });
    await remove('one');
    await plane.registry.idle();
    assert.ok((await readdir(plane.codeFolder)).includes(tree), 'the other function still has it');

    const gone = Promise.withResolvers<void>();
    const retired: string[] = [];
    plane.registry.onRetired((key) => {
      retired.push(key);
      return gone.promise;
    });
    await remove('two');
    assert.deepEqual(retired, [instanceKey]);
    assert.ok((await readdir(plane.codeFolder)).includes(tree), 'an invocation that runs may still load files');
    gone.resolve();
    await plane.registry.idle();
    assert.ok(!(await readdir(plane.codeFolder)).includes(tree));
  });

  it('while the function is being created there is nothing left over either', async () => {
    const Code = { ZipFile: await zipOf({ 'index.js': 'short-lived' }) };
    const creation = plane.deploy('short-lived', { Code }).catch((error: Error) => error.name);
    await remove('short-lived').catch((error: Error) => assert.equal(error.name, 'ResourceNotFoundException'));
    await creation;
    await remove('short-lived').catch((error: Error) => assert.equal(error.name, 'ResourceNotFoundException'));
    await plane.registry.idle();
    assert.ok(!(await readdir(plane.codeFolder)).some((name) => name.startsWith(hashOf(Code.ZipFile))));
  });
});

const hashOf = (zip: Uint8Array) => createHash('sha256').update(zip).digest('hex');
