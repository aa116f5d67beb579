// What the policy of a queue or a topic says to whom.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { askResourcePolicy, parseResourcePolicy, type Asker, type ResourceQuestion } from './resource-policy.ts';

const TOPIC = 'arn:aws:sns:us-east-1:000000000000:orders';
const RULE = 'arn:aws:events:us-east-1:000000000000:rule/nightly';
const EVENTS: Asker = { kind: 'service', service: 'events.amazonaws.com' };
const ROOT: Asker = { kind: 'account', account: '000000000000' };

const statement = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sns:Publish', Resource: TOPIC };

function ask(statements: object | readonly object[], question: Partial<ResourceQuestion> = {}) {
  const parsed = parseResourcePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }));
  assert(parsed.kind === 'policy', parsed.kind === 'malformed' ? parsed.reason : '');
  return askResourcePolicy(parsed.policy, {
    asker: EVENTS,
    action: 'sns:Publish',
    resource: TOPIC,
    context: { 'aws:sourcearn': RULE, 'aws:sourceaccount': '000000000000' },
    ...question,
  });
}

function reasonOf(policy: unknown): string {
  const parsed = parseResourcePolicy(typeof policy === 'string' ? policy : JSON.stringify(policy));
  assert(parsed.kind === 'malformed', 'the policy was expected to be refused');
  return parsed.reason;
}

describe('who', () => {
  test('a service is the one that is named, one of several, or anybody', () => {
    assert.equal(ask(statement), 'allowed');
    assert.equal(ask({ ...statement, Principal: { Service: ['s3.amazonaws.com', 'events.amazonaws.com'] } }), 'allowed');
    assert.equal(ask({ ...statement, Principal: '*' }), 'allowed');
    assert.equal(ask({ ...statement, Principal: { AWS: '*' } }), 'allowed');
    assert.equal(ask({ ...statement, Principal: { Service: 's3.amazonaws.com' } }), 'unsaid');
    assert.equal(ask(statement, { asker: { kind: 'anonymous' } }), 'unsaid');
  });

  test('an account is named by its number or its root', () => {
    for (const name of ['000000000000', 'arn:aws:iam::000000000000:root'])
      assert.equal(ask({ ...statement, Principal: { AWS: name } }, { asker: ROOT }), 'allowed');
    assert.equal(ask({ ...statement, Principal: { AWS: '111111111111' } }, { asker: ROOT }), 'unsaid');
  });

  test('everybody but those who are named', () => {
    const { Principal: _named, ...rest } = statement;
    assert.equal(ask({ ...rest, NotPrincipal: { Service: 'events.amazonaws.com' } }), 'unsaid');
    assert.equal(ask({ ...rest, NotPrincipal: { Service: 's3.amazonaws.com' } }), 'allowed');
  });
});

test('actions and resources may have wildcards, and actions any case', () => {
  for (const Action of ['SNS:Publish', 'sns:*', '*', ['sns:Subscribe', 'SNS:Pub*']])
    assert.equal(ask({ ...statement, Action }), 'allowed');
  assert.equal(ask({ ...statement, Action: 'sns:Subscribe' }), 'unsaid');
  assert.equal(ask({ ...statement, Resource: 'arn:aws:sns:*:*:ord*' }), 'allowed');
  assert.equal(ask({ ...statement, Resource: `${TOPIC}s` }), 'unsaid');
});

describe('conditions', () => {
  const under = (Condition: object, context?: ResourceQuestion['context']) =>
    ask({ ...statement, Condition }, context === undefined ? {} : { context });

  test('all of them hold, each for one of its values', () => {
    assert.equal(under({ ArnLike: { 'aws:SourceArn': 'arn:aws:events:*:000000000000:rule/*' } }), 'allowed');
    assert.equal(under({ ArnEquals: { 'AWS:SourceArn': [`${RULE}s`, RULE] } }), 'allowed');
    assert.equal(under({ ArnEquals: { 'aws:SourceArn': RULE }, StringEquals: { 'aws:SourceAccount': '1' } }), 'unsaid');
    assert.equal(under({ StringLike: { 'aws:SourceArn': '*nightly' } }), 'allowed');
    assert.equal(under({ StringNotEquals: { 'aws:SourceAccount': '000000000000' } }), 'unsaid');
  });

  test('what the request does not say is equal to nothing', () => {
    assert.equal(under({ StringEquals: { 'aws:SourceAccount': '000000000000' } }, {}), 'unsaid');
    assert.equal(under({ StringNotEquals: { 'aws:SourceAccount': '000000000000' } }, {}), 'allowed');
    assert.equal(under({ StringEqualsIfExists: { 'aws:SourceAccount': '000000000000' } }, {}), 'allowed');
    assert.equal(under({ Null: { 'aws:SourceAccount': 'true' } }, {}), 'allowed');
    assert.equal(under({ Null: { 'aws:SourceAccount': 'true' } }), 'unsaid');
    for (const key of ['constructor', 'toString', '__proto__'])
      assert.equal(under(JSON.parse(`{"StringLike": {"${key}": "*"}}`) as object), 'unsaid', key);
  });
});

test('a denial outweighs everything that allows', () => {
  assert.equal(ask([statement, { ...statement, Effect: 'Deny', Principal: '*' }]), 'denied');
  assert.equal(ask([{ ...statement, Effect: 'Deny', Principal: '*' }, statement]), 'denied');
  assert.equal(ask([]), 'unsaid');
});

test('what cannot be evaluated is refused with a sentence', () => {
  assert.match(reasonOf('{'), /not JSON/);
  assert.match(reasonOf({ Version: '2012-10-17' }), /no statement/);
  assert.match(reasonOf({ Statement: [{ ...statement, Effect: 'Perhaps' }] }), /Allow or Deny/);
  assert.match(reasonOf({ Statement: [{ ...statement, Conditions: {} }] }), /no member Conditions/);
  assert.match(
    reasonOf({ Statement: [{ ...statement, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }] }),
    /IpAddress/,
  );
  for (const operator of [
    'constructor',
    'NotStringEquals',
    'StringEqualsNot',
    'StringNotNotLike',
    'ForAnyValue:StringLike',
    'BoolNot',
  ])
    assert.match(reasonOf({ Statement: [{ ...statement, Condition: { [operator]: { a: 'b' } } }] }), new RegExp(operator));
  assert.match(reasonOf({ Statement: [{ Effect: 'Allow', Principal: '*', Resource: '*' }] }), /either Action or NotAction/);
});

test('a denial whose principal or action is mistyped is refused, and not passed over', () => {
  const deny = { ...statement, Effect: 'Deny' };
  for (const Principal of [{ aws: '*' }, { service: 'events.amazonaws.com' }, { Services: 'events.amazonaws.com' }])
    assert.match(reasonOf({ Statement: [deny, { ...deny, Principal }] }), /A principal is one of AWS, Service/);
  for (const Action of ['Publish', ['sns:Publish', 'sns'], ':Publish', ''])
    assert.match(reasonOf({ Statement: { ...deny, Action } }), /names its service/);
});
