// AddPermission, RemovePermission, GetPolicy. https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { AddPermissionCommandInput } from '@aws-sdk/client-lambda';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  GetAliasCommand,
  GetPolicyCommand,
  PublishVersionCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { SCOPE } from '../../support/temporary-registry.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
  await plane.deploy('f');
  await plane.client.send(new PublishVersionCommand({ FunctionName: 'f' }));
  await plane.client.send(new CreateAliasCommand({ FunctionName: 'f', Name: 'live', FunctionVersion: '1' }));
});
after(() => plane.close());

const S3 = { Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com' };
const add = (StatementId: string, input: Partial<AddPermissionCommandInput> = {}) =>
  plane.client.send(new AddPermissionCommand({ FunctionName: 'f', StatementId, ...S3, ...input }));
const remove = (StatementId: string, Qualifier?: string, RevisionId?: string) =>
  plane.client.send(new RemovePermissionCommand({ FunctionName: 'f', StatementId, Qualifier, RevisionId }));
const policy = (Qualifier?: string) => plane.client.send(new GetPolicyCommand({ FunctionName: 'f', Qualifier }));

describe('serialisation', () => {
  const cases: readonly (readonly [string, Partial<AddPermissionCommandInput>, object])[] = [
    [
      'a service',
      { SourceArn: 'arn:aws:s3:::uploads', SourceAccount: '000000000000' },
      {
        Principal: { Service: 's3.amazonaws.com' },
        Condition: { StringEquals: { 'AWS:SourceAccount': '000000000000' }, ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::uploads' } },
      },
    ],
    ['an account', { Principal: '111111111111' }, { Principal: { AWS: 'arn:aws:iam::111111111111:root' } }],
    ['a user', { Principal: 'arn:aws:iam::111111111111:user/me' }, { Principal: { AWS: 'arn:aws:iam::111111111111:user/me' } }],
    [
      'everybody',
      { Principal: '*', PrincipalOrgID: 'o-1234567890' },
      { Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1234567890' } } },
    ],
    [
      'a token',
      { Principal: 'alexa-appkit.amazon.com', EventSourceToken: 'skill' },
      { Principal: { Service: 'alexa-appkit.amazon.com' }, Condition: { StringEquals: { 'lambda:EventSourceToken': 'skill' } } },
    ],
    [
      'a function URL',
      { Principal: '*', Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' },
      { Principal: '*', Action: 'lambda:InvokeFunctionUrl', Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } } },
    ],
    [
      'a call through a function URL',
      { Principal: '*', InvokedViaFunctionUrl: true },
      { Principal: '*', Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } } },
    ],
  ];
  for (const [index, [what, input, expected]] of cases.entries())
    it(`${what}: the statement is written as Lambda writes it`, async () => {
      const { $metadata, Statement } = await add(`s${index}`, input);
      assert.equal($metadata.httpStatusCode, 201);
      const written = { Sid: `s${index}`, Effect: 'Allow', Action: S3.Action, Resource: arnOf('f'), ...expected };
      assert.deepEqual(JSON.parse(Statement ?? ''), written);
      const { Policy } = await policy();
      const document = JSON.parse(Policy ?? '') as { readonly Statement: readonly object[] };
      assert.deepEqual(Object.keys(document), ['Version', 'Id', 'Statement']);
      assert.deepEqual(document.Statement.at(-1), written);
      await remove(`s${index}`);
    });

  it('the order of the members is Lambda’s', async () => {
    const { Statement } = await add('order', { SourceArn: 'arn:aws:s3:::b' });
    assert.equal(
      Statement,
      `{"Sid":"order","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"${arnOf('f')}","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"}}}`,
    );
    await remove('order');
  });
});

describe('validation', () => {
  it('ids, actions, principals, qualifiers', async () => {
    await assertRefused(add('example.com'), 'ValidationException', /'statementId'/);
    await assertRefused(add('x', { Action: 's3:GetObject' }), 'ValidationException', /'action'/);
    await assertRefused(
      add('x', { Principal: 'nobody' }),
      'InvalidParameterValueException',
      'The provided principal was invalid. Please check the principal and try again.',
    );
    await assertRefused(
      add('x', { Qualifier: '$LATEST' }),
      'InvalidParameterValueException',
      'We currently do not support adding policies for $LATEST.',
    );
    await assertRefused(
      add('x', { FunctionUrlAuthType: 'NONE' }),
      'InvalidParameterValueException',
      /only supported for lambda:InvokeFunctionUrl/,
    );
  });

  it('what is not there', async () => {
    await assertRefused(add('x', { Qualifier: '42' }), 'ResourceNotFoundException', `Function not found: ${arnOf('f', '42')}`);
    await assertRefused(
      add('x', { Qualifier: 'nope' }),
      'ResourceNotFoundException',
      `Cannot find alias arn: ${arnOf('f', 'nope')}`,
    );
    await assertRefused(add('x', { FunctionName: 'nope' }), 'ResourceNotFoundException', `Function not found: ${arnOf('nope')}`);
    await assertRefused(policy('live'), 'ResourceNotFoundException', 'The resource you requested does not exist.');
    await assertRefused(remove('x', 'live'), 'ResourceNotFoundException', 'No policy is associated with the given resource.');
    await assertRefused(
      plane.client.send(new RemovePermissionCommand({ FunctionName: 'nope', StatementId: 'x' })),
      'ResourceNotFoundException',
      `No policy found for: ${arnOf('nope')}`,
    );
  });

  it('an id twice, an id that is not there, a policy that grows too long', async () => {
    await add('twice');
    await assertRefused(
      add('twice'),
      'ResourceConflictException',
      'The statement id (twice) provided already exists. Please provide a new statement id, or remove the existing statement.',
      409,
    );
    await assertRefused(remove('nope'), 'ResourceNotFoundException', 'Statement nope is not found in resource policy.');
    await remove('twice');
    await plane.deploy('long');
    const longArn = `arn:aws:s3:::${'x'.repeat(1000)}`;
    await assert.rejects(
      async () => {
        for (let index = 0; index < 30; index++) await add(`s${index}`, { FunctionName: 'long', SourceArn: longArn });
      },
      { name: 'PolicyLengthExceededException', message: /^The final policy size \(\d+\) is bigger than the limit \(20480\)\.$/ },
    );
  });
});

describe('behaviour', () => {
  it('a version and an alias have policies of their own', async () => {
    await add('on-function');
    await add('on-alias', { Qualifier: 'live' });
    await add('on-version', { Qualifier: '1' });
    for (const [qualifier, id] of [
      [undefined, 'on-function'],
      ['live', 'on-alias'],
      ['1', 'on-version'],
    ] as const) {
      const { Statement } = JSON.parse((await policy(qualifier)).Policy ?? '') as {
        Statement: { Sid: string; Resource: string }[];
      };
      assert.deepEqual(
        Statement.map(({ Sid, Resource }) => [Sid, Resource]),
        [[id, arnOf('f', qualifier)]],
      );
    }
    await remove('on-function');
    await assertRefused(policy(), 'ResourceNotFoundException', /does not exist/);
  });

  it('revisions keep two editors apart', async () => {
    const { RevisionId: ofAlias } = await plane.client.send(new GetAliasCommand({ FunctionName: 'f', Name: 'live' }));
    await plane.client.send(new CreateAliasCommand({ FunctionName: 'f', Name: 'edited', FunctionVersion: '1' }));
    const { RevisionId } = await plane.client.send(new GetAliasCommand({ FunctionName: 'f', Name: 'edited' }));
    await assertRefused(add('one', { Qualifier: 'edited', RevisionId: ofAlias }), 'PreconditionFailedException', /GetPolicy/, 412);
    await add('one', { Qualifier: 'edited', RevisionId });
    const { RevisionId: ofPolicy } = await policy('edited');
    await add('two', { Qualifier: 'edited', RevisionId: ofPolicy });
    await assertRefused(remove('one', 'edited', ofPolicy), 'PreconditionFailedException', /GetPolicy/, 412);
    await remove('one', 'edited', (await policy('edited')).RevisionId);
  });

  it('decides what other rooms ask', async () => {
    await plane.deploy('asked');
    await add('s3', { FunctionName: 'asked', SourceArn: 'arn:aws:s3:::uploads', SourceAccount: '000000000000' });
    const question = {
      scope: SCOPE,
      function: 'asked' as never,
      action: 'lambda:InvokeFunction',
      principal: { kind: 'service', service: 's3.amazonaws.com' },
      sourceArn: 'arn:aws:s3:::uploads',
      sourceAccount: '000000000000',
    } as const;
    assert.equal(await plane.registry.policyAllows(question), true);
    assert.equal(await plane.registry.policyAllows({ ...question, sourceArn: 'arn:aws:s3:::other' }), false);
    assert.equal(await plane.registry.policyAllows({ ...question, qualifier: '1' }), false);
    await plane.client.send(new RemovePermissionCommand({ FunctionName: 'asked', StatementId: 's3' }));
    assert.equal(await plane.registry.policyAllows(question), false, 'what was answered is what counts');
  });
});
