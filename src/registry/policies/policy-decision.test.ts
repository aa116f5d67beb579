// What resource policies allow, and that nothing is allowed by what they do not say.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PolicyPrincipal } from '../invocable.ts';
import type { PolicyRequest } from './policy-decision.ts';
import { allows } from './policy-decision.ts';
import type { Permission } from './policy-document.ts';
import { statementOf } from './policy-document.ts';

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:f';
const S3: PolicyPrincipal = { kind: 'service', service: 's3.amazonaws.com' };
const ANYBODY: PolicyPrincipal = { kind: 'anonymous' };

const policyWith = (...permissions: Partial<Permission>[]) => ({
  revisionId: 'r',
  statements: permissions.map((permission, index) =>
    statementOf(ARN, { StatementId: `s${index}`, Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com', ...permission }),
  ),
});
const asks = (overrides: Partial<PolicyRequest> = {}): PolicyRequest => ({
  action: 'lambda:InvokeFunction',
  principal: S3,
  context: {},
  ...overrides,
});
const from = (sourceArn: string, account?: string) =>
  asks({ context: { 'aws:sourcearn': sourceArn, 'aws:sourceaccount': account } });

describe('principals', () => {
  it('no policy allows nothing', () => {
    assert.equal(allows(undefined, asks()), false);
    assert.equal(allows(policyWith(), asks()), false);
  });

  it('a service is the one that is named', () => {
    assert.equal(allows(policyWith({}), asks()), true);
    assert.equal(allows(policyWith({}), asks({ principal: { kind: 'service', service: 'sns.amazonaws.com' } })), false);
    assert.equal(allows(policyWith({}), asks({ principal: ANYBODY })), false);
  });

  it('an account covers its users, a user only itself', () => {
    const user = (arn: string): PolicyPrincipal => ({ kind: 'account', account: '111111111111' as never, arn });
    const me = 'arn:aws:iam::111111111111:user/me';
    assert.equal(allows(policyWith({ Principal: '111111111111' }), asks({ principal: user(me) })), true);
    assert.equal(allows(policyWith({ Principal: me }), asks({ principal: user(me) })), true);
    assert.equal(allows(policyWith({ Principal: me }), asks({ principal: user('arn:aws:iam::111111111111:user/you') })), false);
    assert.equal(allows(policyWith({ Principal: '222222222222' }), asks({ principal: user(me) })), false);
  });

  it('everybody is everybody', () => {
    for (const principal of [ANYBODY, S3]) assert.equal(allows(policyWith({ Principal: '*' }), asks({ principal })), true);
  });
});

describe('actions', () => {
  it('one, all of Lambda, all', () => {
    assert.equal(allows(policyWith({ Action: 'lambda:InvokeFunctionUrl' }), asks()), false);
    assert.equal(allows(policyWith({ Action: 'lambda:*' }), asks()), true);
    assert.equal(allows(policyWith({ Action: '*' }), asks()), true);
  });
});

describe('conditions', () => {
  const bucket = policyWith({ SourceArn: 'arn:aws:s3:::uploads', SourceAccount: '000000000000' });

  it('all of them must hold', () => {
    assert.equal(allows(bucket, from('arn:aws:s3:::uploads', '000000000000')), true);
    assert.equal(allows(bucket, from('arn:aws:s3:::other', '000000000000')), false);
    assert.equal(allows(bucket, from('arn:aws:s3:::uploads', '111111111111')), false);
  });

  it('what the request does not say does not hold', () => {
    assert.equal(allows(bucket, from('arn:aws:s3:::uploads')), false);
    assert.equal(allows(bucket, asks()), false);
  });

  it('any one statement is enough', () => {
    const two = policyWith({ SourceArn: 'arn:aws:s3:::one' }, { SourceArn: 'arn:aws:s3:::two' });
    assert.equal(allows(two, from('arn:aws:s3:::two')), true);
    assert.equal(allows(two, from('arn:aws:s3:::three')), false);
  });

  it('wildcards stay within their part of an ARN', () => {
    const rules = policyWith({ SourceArn: 'arn:aws:events:*:000000000000:rule/nightly-*' });
    assert.equal(allows(rules, from('arn:aws:events:us-east-1:000000000000:rule/nightly-backup')), true);
    assert.equal(allows(rules, from('arn:aws:events:us-east-1:999999999999:x:000000000000:rule/nightly-backup')), false);
    assert.equal(allows(rules, from('arn:aws:events:us-east-1:000000000000:rule/weekly')), false);
    const api = policyWith({ SourceArn: 'arn:aws:execute-api:us-east-1:000000000000:id/*/GET/a:b' });
    assert.equal(allows(api, from('arn:aws:execute-api:us-east-1:000000000000:id/prod/GET/a:b')), true);
  });

  it('a public function URL needs its two statements', () => {
    const policy = policyWith(
      { Principal: '*', Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' },
      { Principal: '*', InvokedViaFunctionUrl: true },
    );
    const url = (context: PolicyRequest['context'], action: string) =>
      allows(policy, asks({ principal: ANYBODY, action, context }));
    assert.equal(url({ 'lambda:functionurlauthtype': 'NONE' }, 'lambda:InvokeFunctionUrl'), true);
    assert.equal(url({ 'lambda:functionurlauthtype': 'AWS_IAM' }, 'lambda:InvokeFunctionUrl'), false);
    assert.equal(url({ 'lambda:invokedviafunctionurl': 'true' }, 'lambda:InvokeFunction'), true);
    assert.equal(url({}, 'lambda:InvokeFunction'), false, 'not past the URL');
  });
});
