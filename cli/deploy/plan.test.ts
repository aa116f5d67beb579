// What a deployment decides to change.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Notifications } from '../aws/buckets.ts';
import { checkConfig } from './config-schema.ts';
import { describeChange } from './describe-plan.ts';
import { planDeployment } from './plan.ts';
import { NO_EVENTS } from './plan-events.ts';
import type { CurrentFunction, CurrentState, Plan, PlanOptions, WantedFunction } from './plan.ts';

const NOTHING: CurrentState = { functions: new Map(), buckets: new Map(), events: NO_EVENTS };

function wanted(name: string, config: unknown = {}, code = 'A'): WantedFunction {
  return {
    name,
    place: `${name}.ts`,
    config: checkConfig(config, `${name}.ts`),
    code: { bytes: new Uint8Array(10), sha256: code },
  };
}

function current(overrides: Partial<CurrentFunction> = {}, configuration: CurrentFunction['configuration'] = {}): CurrentFunction {
  return {
    configuration: {
      CodeSha256: 'A',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      MemorySize: 128,
      Timeout: 3,
      Description: '',
      ...configuration,
    },
    app: 'shop',
    reservedConcurrency: undefined,
    url: undefined,
    statementIds: new Set(),
    ...overrides,
  };
}

function plan(functions: readonly WantedFunction[], state: Partial<CurrentState> = {}, options: Partial<PlanOptions> = {}): Plan {
  return planDeployment(functions, { ...NOTHING, ...state }, { app: 'shop', prune: false, ...options });
}

const linesOf = ({ changes }: Plan): readonly string[] =>
  changes.flatMap(describeChange).map(({ sign, text }) => `${sign} ${text}`);

const thumbnails = wanted('thumb', { on: [{ s3: 'photos', suffix: '.jpg' }], buckets: ['thumbnails'] });
const triggered: Notifications = {
  functions: [
    {
      id: 'mayfly:thumb:0',
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:thumb',
      events: ['s3:ObjectCreated:*'],
      prefix: '',
      suffix: '.jpg',
    },
  ],
  others: [],
};

test('a new function comes after its buckets and before its triggers', () => {
  const buckets = new Map([
    ['photos', undefined],
    ['thumbnails', undefined],
  ]);
  assert.deepEqual(linesOf(plan([thumbnails], { buckets })), [
    '+ bucket photos',
    '+ bucket thumbnails',
    '+ function thumb  nodejs24.x, 128 MiB, 3 s, 10 B of code  (thumb.ts)',
    '+ permission of bucket photos to call thumb',
    '+ trigger s3://photos/*.jpg  ObjectCreated:* → thumb',
  ]);
});

test('what is deployed already is left alone', () => {
  const state = {
    functions: new Map([['thumb', current({ statementIds: new Set(['mayfly-s3-photos']) })]]),
    buckets: new Map([
      ['photos', triggered],
      ['thumbnails', { functions: [], others: [] }],
    ]),
  };
  const result = plan([thumbnails], state);
  assert.deepEqual(result.changes, []);
  assert.deepEqual(result.unchanged, ['thumb']);
});

test('only what differs is changed, and values of variables are not shown', () => {
  const functions = new Map([
    ['a', current({}, { CodeSha256: 'old', Environment: { Variables: { GONE: 'secret', KEPT: '1', NEW: 'old secret' } } })],
  ]);
  const lines = linesOf(plan([wanted('a', { memory: 512, env: { KEPT: '1', NEW: 'secret', MORE: 'secret' } })], { functions }));
  assert.deepEqual(lines, [
    '~ function a  code, 10 B  (a.ts)',
    '~ function a  memory 128 MiB → 512 MiB, env.GONE unset, env.MORE set, env.NEW changed',
  ]);
});

test('a trigger that moved is put and taken in one change, and strangers stay', () => {
  const stranger = {
    id: 'terraform',
    functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:thumb',
    events: ['s3:ObjectCreated:*'],
    prefix: 'x',
    suffix: '',
  };
  const state = {
    functions: new Map([['thumb', current({ statementIds: new Set(['mayfly-s3-photos']) })]]),
    buckets: new Map([['photos', { ...triggered, functions: [...triggered.functions, stranger] }]]),
  };
  const [change, ...rest] = plan([wanted('thumb', { on: [{ s3: 'photos', prefix: 'in/' }] })], state).changes;
  assert.deepEqual(rest, []);
  assert.equal(change?.kind, 'putTriggers');
  assert.deepEqual(linesOf(plan([wanted('thumb', { on: [{ s3: 'photos', prefix: 'in/' }] })], state)), [
    '+ trigger s3://photos/in/*  ObjectCreated:* → thumb',
    '− trigger s3://photos/*.jpg  ObjectCreated:* → thumb',
  ]);
});

test('functions that left the folder are kept, and go with --prune after their triggers', () => {
  const state = {
    functions: new Map([
      ['thumb', current()],
      ['elsewhere', current({ app: 'other' })],
    ]),
    buckets: new Map([['photos', triggered]]),
  };
  assert.deepEqual(plan([], state).orphans, ['thumb']);
  assert.deepEqual(plan([], state).changes, []);
  assert.deepEqual(linesOf(plan([], state, { prune: true })), [
    '− trigger s3://photos/*.jpg  ObjectCreated:* → thumb',
    '− function thumb',
  ]);
});

test('a URL is made, changed when its settings differ, and removed', () => {
  const open = wanted('a', { on: [{ http: '/', auth: 'none' }] });
  const url = { FunctionUrl: 'u', FunctionArn: 'f', CreationTime: 't', LastModifiedTime: 't' };
  const withUrl = (AuthType: 'NONE' | 'AWS_IAM', Cors = {}): Partial<CurrentState> => ({
    functions: new Map([['a', current({ url: { ...url, AuthType, Cors } })]]),
  });
  assert.deepEqual(linesOf(plan([open], { functions: new Map([['a', current()]]) })), [
    '+ URL of a, open to whoever reaches the platform',
  ]);
  assert.deepEqual(linesOf(plan([open], withUrl('NONE', { AllowCredentials: false, AllowOrigins: [] }))), []);
  assert.deepEqual(linesOf(plan([open], withUrl('AWS_IAM'))), ['~ URL of a, open to whoever reaches the platform']);
  const streaming = wanted('a', { on: [{ http: '/', auth: 'none', stream: true }] });
  assert.deepEqual(linesOf(plan([streaming], withUrl('NONE'))), ['~ URL of a, open to whoever reaches the platform, streaming']);
  assert.deepEqual(linesOf(plan([wanted('a')], withUrl('NONE'))), ['− URL of a']);
});

test('a function of another folder, or of nobody, is taken over visibly', () => {
  assert.deepEqual(linesOf(plan([wanted('a')], { functions: new Map([['a', current({ app: undefined })]]) })), [
    '~ function a  belongs to this folder from now on',
  ]);
});

test('a function becomes durable, also one that is there, and one that is durable stays so', () => {
  const durable = wanted('pay', { durable: { timeout: 3600 } });
  const found = (DurableConfig?: object) => ({
    functions: new Map([['pay', current({}, { DurableConfig: DurableConfig as never })]]),
  });
  assert.deepEqual(linesOf(plan([durable], found())), ['~ function pay  durable no → 3600 s, kept 14 days']);
  const kept = { ExecutionTimeout: 3600, RetentionPeriodInDays: 14 };
  assert.deepEqual(plan([durable], found(kept)).changes, []);
  assert.deepEqual(plan([wanted('pay')], found(kept)).changes, []);
  assert.throws(() => wanted('pay', { durable: { timeout: 0 } }), /config\.durable\.timeout/);
});
