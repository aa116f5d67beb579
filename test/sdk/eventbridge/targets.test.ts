// Targets: what may be one, and what it receives. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import {
  eventOf,
  openEventBridgeService,
  QUEUE_ARN,
  refusalOf,
  refused,
  type EventBridgeService,
} from '../../support/eventbridge-service.ts';

let service: EventBridgeService;
before(async () => {
  service = await openEventBridgeService();
});
after(() => service.close());

const RULE = { pattern: { source: ['shop'] } };
const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:f';
const MACHINE_ARN = 'arn:aws:states:us-east-1:000000000000:stateMachine:orders';
const ROLE_ARN = 'arn:aws:iam::000000000000:role/r';
const putTargets = (Rule: string, ...Targets: Target[]) => service.client.send(new PutTargetsCommand({ Rule, Targets }));

describe('serialisation', () => {
  test('targets are listed as they were put', async () => {
    const name = await service.rule(RULE, []);
    const targets: Target[] = [
      {
        Id: 'a',
        Arn: QUEUE_ARN,
        InputPath: '$.detail',
        RetryPolicy: { MaximumRetryAttempts: 0 },
        DeadLetterConfig: { Arn: QUEUE_ARN },
      },
      { Id: 'b', Arn: `${QUEUE_ARN}.fifo`, SqsParameters: { MessageGroupId: 'g' }, Input: '{"a":1}' },
      {
        Id: 'c',
        Arn: FUNCTION_ARN,
        RoleArn: 'arn:aws:iam::000000000000:role/r',
        InputTransformer: { InputPathsMap: { n: '$.detail.n' }, InputTemplate: '{"n": <n>}' },
      },
      {
        Id: 'd',
        Arn: 'arn:aws:events:us-east-1:000000000000:api-destination/hooks/1',
        HttpParameters: { PathParameterValues: ['a'], HeaderParameters: { 'x-a': 'b' }, QueryStringParameters: { q: '$.id' } },
      },
    ];
    const { FailedEntryCount, FailedEntries } = await putTargets(name, ...targets);
    assert.deepEqual([FailedEntryCount, FailedEntries], [0, []]);
    const list = async (NextToken?: string) =>
      service.client.send(new ListTargetsByRuleCommand({ Rule: name, Limit: 3, NextToken }));
    const page = await list();
    assert.deepEqual([...(page.Targets ?? []), ...((await list(page.NextToken)).Targets ?? [])], targets);
  });
});

describe('validation', () => {
  test('what AWS refuses is refused with the whole request', async () => {
    const name = await service.rule(RULE, []);
    const refuses = async (target: Partial<Target>, message: string | RegExp) => {
      const refusal = await refusalOf(putTargets(name, { Id: 'a', Arn: QUEUE_ARN }, { Id: 't', Arn: QUEUE_ARN, ...target }));
      assert.equal(refusal.name, 'ValidationException');
      if (typeof message === 'string') assert.equal(refusal.message, message);
      else assert.match(refusal.message, message);
    };
    await refuses({ Arn: 'nonsense' }, 'Parameter nonsense is not valid. Reason: Provided Arn is not in correct format.');
    await refuses(
      { Input: '{}', InputPath: '$.detail' },
      'Only one of Input, InputPath, or InputTransformer must be provided for target t.',
    );
    await refuses({ Input: '{' }, /JSON syntax error in input for target t/);
    await refuses({ InputPath: 'detail' }, /InputPath for target t is invalid/);
    await refuses(
      { InputTransformer: { InputTemplate: '"<what>"' } },
      'InputTemplate for target t contains invalid placeholder what.',
    );
    await refuses({ InputTransformer: { InputTemplate: '"x"', InputPathsMap: { a: 'x' } } }, /InputPathsMap for target t/);
    await refuses({ InputTransformer: { InputTemplate: '"x"', InputPathsMap: { AWSx: '$.id' } } }, /reserved/);
    await refuses({ Arn: `${QUEUE_ARN}.fifo` }, 'Parameter(s) SqsParameters must be specified for target: t.');
    await refuses({ SqsParameters: { MessageGroupId: 'g' } }, 'Parameter(s) SqsParameters not valid for target: t.');
    await refuses({ DeadLetterConfig: { Arn: `${QUEUE_ARN}.fifo` } }, /FIFO/);
    await refuses({ Arn: MACHINE_ARN }, `RoleArn is required for target ${MACHINE_ARN}.`);
    await refuses({ Arn: MACHINE_ARN.replace('stateMachine', 'activity') }, /not in correct format/);
    await refuses({ Id: '!' }, /at 'targets\.2\.member\.id' failed to satisfy constraint/);
    await refuses({ RetryPolicy: { MaximumRetryAttempts: 186 } }, /maximumRetryAttempts/);
    const { Targets } = await service.client.send(new ListTargetsByRuleCommand({ Rule: name }));
    assert.deepEqual(Targets, []);
  });

  test('what is not offered here fails by itself, with its name, and the others are put', async () => {
    const name = await service.rule(RULE, []);
    const { FailedEntryCount, FailedEntries = [] } = await putTargets(
      name,
      { Id: 'good', Arn: QUEUE_ARN },
      { Id: 'command', Arn: 'arn:aws:ssm:us-east-1:000000000000:document/d' },
      { Id: 'stream', Arn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s', KinesisParameters: { PartitionKeyPath: '$.id' } },
      { Id: 'settings', Arn: QUEUE_ARN, EcsParameters: { TaskDefinitionArn: 'arn:aws:ecs:x' } },
      { Id: 'http', Arn: QUEUE_ARN, HttpParameters: {} },
      { Id: 'bus', Arn: 'arn:aws:events:us-east-1:000000000000:event-bus/b', InputPath: '$.detail' },
    );
    assert.equal(FailedEntryCount, 5);
    const said = Object.fromEntries(FailedEntries.map(({ TargetId, ErrorMessage }) => [TargetId, ErrorMessage]));
    assert.match(said['command'] ?? '', /ssm are not offered here\. Send to .* a state machine/);
    assert.match(said['stream'] ?? '', /kinesis are not offered/);
    assert.match(said['settings'] ?? '', /EcsParameters/);
    assert.match(said['http'] ?? '', /HttpParameters/);
    assert.match(said['bus'] ?? '', /InputPath/);
    const { Targets } = await service.client.send(new ListTargetsByRuleCommand({ Rule: name }));
    assert.deepEqual(
      Targets?.map(({ Id }) => Id),
      ['good'],
    );
  });

  test('a rule has at most five', async () => {
    const target = (n: number): Target => ({ Id: `t${n}`, Arn: QUEUE_ARN });
    const name = await service.rule(RULE, []);
    await putTargets(name, ...[1, 2, 3].map(target));
    const tooMany = refused('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
    assert.deepEqual(await refusalOf(putTargets(name, ...[4, 5, 6].map(target))), tooMany);
    await putTargets(name, ...[1, 4, 5].map(target));
    await service.client.send(new RemoveTargetsCommand({ Rule: name, Ids: ['t1', 'unknown'] }));
    await putTargets(name, target(6));
    assert.equal((await refusalOf(putTargets('none', target(1)))).name, 'ResourceNotFoundException');
  });
});

describe('behaviour', () => {
  test('each target receives what it asked for', async () => {
    const source = 'inputs';
    const Detail = '{"user": {"id": 7, "name": "Zoë \\"Z\\""}, "list": ["a", "b"], "yes": true}';
    const ids = ['all', 'constant', 'part', 'json', 'text'];
    const inputs: Partial<Target>[] = [
      {},
      { Input: '{"fixed":true}' },
      { InputPath: '$.detail.list[1]' },
      {
        InputTransformer: {
          InputPathsMap: { user: '$.detail.user', id: '$.detail.user.id', none: '$.detail.none' },
          InputTemplate: '{"user": <user>, "id": <id>, "in": "user-<id>", "none": <none>}',
        },
      },
      {
        InputTransformer: {
          InputPathsMap: { name: '$.detail.user.name', list: '$.detail.list', yes: '$.detail.yes', user: '$.detail.user' },
          InputTemplate: '"<name>: <list> <yes> <user> <aws.events.rule-name>"',
        },
      },
    ];
    const name = await service.rule(
      { pattern: { source: [source] } },
      inputs.map((input, n) => ({ Id: ids[n] ?? '', Arn: FUNCTION_ARN, ...input })),
    );
    await service.client.send(new PutEventsCommand({ Entries: [{ Source: source, DetailType: 'order', Detail }] }));
    const received = (await service.outbox()).map(({ payload }) => Buffer.from(payload).toString());
    assert.equal((JSON.parse(received[0] ?? '') as { source: string }).source, source);
    assert.deepEqual(received.slice(1), [
      '{"fixed":true}',
      '"b"',
      '{"user": {"id":7,"name":"Zoë \\"Z\\""}, "id": 7, "in": "user-7", "none": ""}',
      `"Zoë \\"Z\\": [a,b] true {id:7,name:Zoë \\Z\\} ${name}"`,
    ]);
  });

  test('a state machine is given the input that its target asked for, and acts with its role', async () => {
    const source = 'machines';
    await service.rule({ pattern: { source: [source] } }, [
      { Id: 'whole', Arn: MACHINE_ARN, RoleArn: ROLE_ARN },
      { Id: 'part', Arn: `${MACHINE_ARN}:live`, RoleArn: ROLE_ARN, InputPath: '$.detail.order' },
    ]);
    const { Entries } = await service.client.send(
      new PutEventsCommand({ Entries: [{ Source: source, DetailType: 'order', Detail: '{"order":{"id":7}}' }] }),
    );
    const [whole, part] = await service.outbox();
    assert.deepEqual(whole?.target, { kind: 'stateMachine', arn: MACHINE_ARN });
    assert.equal(eventOf(whole)['id'], Entries?.[0]?.EventId);
    assert.equal(whole?.sender.roleArn, ROLE_ARN);
    assert.deepEqual(part?.target, { kind: 'stateMachine', arn: `${MACHINE_ARN}:live` });
    assert.deepEqual(eventOf(part), { id: 7 });
  });
});
