// Keys and decisions, at the room's door.

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { AccountId } from '#kernel';
import { callerArn, createKeys, decide, newRootKey } from './index.ts';

const random = { uuid: () => randomUUID(), bytes: (count: number) => randomBytes(count), fraction: () => 0.5 };
const account = '000000000000' as AccountId;
const session = {
  account,
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:resize:1',
  roleArn: 'arn:aws:iam::000000000000:role/service/resizer',
};

test('a new root key looks as tools expect one to look', () => {
  const key = newRootKey(random);
  assert.match(key.accessKeyId, /^AKIA[A-Z2-7]{16}$/);
  assert.match(key.secretAccessKey, /^[\w-]{40}$/);
  assert.notDeepEqual(newRootKey(random), key);
});

test('the root key is known, a stranger is not', () => {
  const rootKey = newRootKey(random);
  const keys = createKeys({ account, rootKey, random });
  assert.equal(keys.secretFor(rootKey.accessKeyId)?.secret, rootKey.secretAccessKey);
  assert.equal(keys.secretFor(rootKey.accessKeyId)?.sessionToken, undefined);
  assert.equal(keys.secretFor('AKIAAAAAAAAAAAAAAAAA'), undefined);
  assert.equal(keys.secretFor('__proto__'), undefined);
});

test('a session is known until it is closed', () => {
  const keys = createKeys({ account, rootKey: newRootKey(random), random });
  const opened = keys.openSession(session);
  assert.match(opened.accessKeyId, /^ASIA[A-Z2-7]{16}$/);
  const known = keys.secretFor(opened.accessKeyId);
  assert.equal(known?.secret, opened.secretAccessKey);
  assert.equal(known?.sessionToken, opened.sessionToken);
  assert.equal(known?.principal.kind, 'function');
  opened.close();
  assert.equal(keys.secretFor(opened.accessKeyId), undefined);
});

test('a function may read objects and call functions, and may not see or change another function', () => {
  const principal = { kind: 'function', accessKeyId: 'ASIA', ...session } as const;
  assert.equal(decide(principal, { service: 's3', operation: 'GetObject' }).kind, 'allowed');
  assert.equal(decide(principal, { service: 'lambda', operation: 'Invoke' }).kind, 'allowed');
  for (const operation of ['GetFunction', 'UpdateFunctionCode', 'ListFunctions', 'constructor'])
    assert.equal(decide(principal, { service: 'lambda', operation }).kind, 'denied');
  assert.equal(decide(principal, { service: 'cloudwatch-logs', operation: 'GetLogEvents' }).kind, 'denied');
  assert.equal(decide(principal, { service: 'sfn', operation: 'SendTaskSuccess' }).kind, 'allowed');
  for (const operation of ['CreateStateMachine', 'UpdateStateMachine', 'DescribeStateMachine', 'GetExecutionHistory'])
    assert.equal(decide(principal, { service: 'sfn', operation }).kind, 'denied');
  assert.equal(decide(principal, { service: 'iam', operation: 'CreateRole' }).kind, 'denied');
});

test('the root may do everything and nobody may do nothing', () => {
  assert.equal(
    decide({ kind: 'root', account, accessKeyId: 'AKIA' }, { service: 'lambda', operation: 'GetFunction' }).kind,
    'allowed',
  );
  assert.equal(decide({ kind: 'anonymous' }, { service: 's3', operation: 'GetObject' }).kind, 'denied');
});

test('a function appears as a session of its role', () => {
  const principal = { kind: 'function', accessKeyId: 'ASIA', ...session } as const;
  assert.equal(callerArn(principal), 'arn:aws:sts::000000000000:assumed-role/resizer/resize');
});
