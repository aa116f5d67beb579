// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateScheduleCommand, GetScheduleCommand, type CreateScheduleCommandInput, type Target } from '@aws-sdk/client-scheduler';
import {
  daily,
  openSchedulerService,
  QUEUE_ARN,
  refusalOf,
  ROLE_ARN,
  type SchedulerService,
} from '../../support/scheduler-service.ts';

let service: SchedulerService;
before(async () => {
  service = await openSchedulerService();
});
after(() => service.close());

const create = (input: CreateScheduleCommandInput) => service.client.send(new CreateScheduleCommand(input));
const get = async (Name: string, GroupName?: string) => {
  const { $metadata: _metadata, ...schedule } = await service.client.send(new GetScheduleCommand({ Name, GroupName }));
  return schedule;
};
const arn = (kind: string, resource: string) => `arn:aws:${kind}:us-east-1:000000000000:${resource}`;

describe('serialisation', () => {
  test("what was not said has AWS's defaults", async () => {
    const { ScheduleArn } = await create({ Name: 'plain', ...daily() });
    assert.equal(ScheduleArn, arn('scheduler', 'schedule/default/plain'));
    const { CreationDate, LastModificationDate, ...schedule } = await get('plain');
    assert.ok(CreationDate instanceof Date);
    assert.deepEqual(LastModificationDate, CreationDate);
    assert.deepEqual(schedule, {
      Arn: ScheduleArn,
      GroupName: 'default',
      Name: 'plain',
      ScheduleExpression: 'cron(0 3 * * ? *)',
      ScheduleExpressionTimezone: 'UTC',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'NONE',
      Target: {
        Arn: QUEUE_ARN,
        RoleArn: ROLE_ARN,
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    });
  });

  test('what was said comes back as it was', async () => {
    const GroupName = await service.group();
    const input = {
      Name: 'everything.in-the_name',
      GroupName,
      ScheduleExpression: 'rate(5 minutes)',
      ScheduleExpressionTimezone: 'America/New_York',
      StartDate: new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000),
      EndDate: new Date(Math.floor(Date.now() / 1000) * 1000 + 7_200_000),
      Description: 'Wakes the büro up',
      State: 'DISABLED',
      ActionAfterCompletion: 'DELETE',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1440 },
      Target: {
        Arn: arn('events', 'event-bus/default'),
        RoleArn: ROLE_ARN,
        Input: '{"a": "<aws.scheduler.scheduled-time>"}',
        EventBridgeParameters: { DetailType: 'tick', Source: 'my.clock' },
        RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
        DeadLetterConfig: { Arn: arn('sqs', 'dead') },
      },
    } as const;
    await create(input);
    const { CreationDate: _created, LastModificationDate: _modified, Arn, ...schedule } = await get(input.Name, GroupName);
    assert.equal(Arn, arn('scheduler', `schedule/${GroupName}/${input.Name}`));
    assert.deepEqual(schedule, input);
  });
});

describe('validation', () => {
  const refused = async (input: Partial<CreateScheduleCommandInput>, message: RegExp) => {
    const refusal = await refusalOf(create({ Name: 'refused', ...daily(), ...input }));
    assert.equal(refusal.name, 'ValidationException', refusal.message);
    assert.equal(refusal.status, 400);
    assert.match(refusal.message, message);
  };
  const refusedTarget = (target: Partial<Target>, message: RegExp) =>
    refused({ Target: { Arn: QUEUE_ARN, RoleArn: ROLE_ARN, ...target } }, message);

  test('expressions and time zones', async () => {
    await refused({ ScheduleExpression: 'cron(0 3 * * * *)' }, /^Invalid Schedule Expression cron\(0 3 \* \* \* \*\)\.$/);
    await refused({ ScheduleExpression: 'rate(0 minutes)' }, /Invalid Schedule Expression/);
    await refused({ ScheduleExpression: 'at(2026-02-29T00:00:00)' }, /Invalid Schedule Expression/);
    await refused({ ScheduleExpression: 'cron(0 3 * * ? *)'.padEnd(257) }, /length less than or equal to 256/);
    await refused({ ScheduleExpressionTimezone: 'Mars/Olympus' }, /Invalid Schedule Expression Timezone Mars\/Olympus/);
    await refused({ ScheduleExpressionTimezone: '+02:00' }, /Timezone/);
  });

  test('names and the role', async () => {
    await refused({ Name: 'a b' }, /regular expression pattern/);
    await refused({ Name: 'a'.repeat(65) }, /64/);
    await refused({ GroupName: 'a/b' }, /regular expression pattern/);
    await refusedTarget({ RoleArn: 'arn:aws:iam::1:user/me' }, /roleArn/i);
  });

  test('flexible time windows', async () => {
    await refused({ FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, /MaximumWindowInMinutes must be given/);
    await refused({ FlexibleTimeWindow: { Mode: 'OFF', MaximumWindowInMinutes: 5 } }, /must not be given/);
    await refused({ FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1441 } }, /1440/);
    await refused({ FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 0 } }, /greater than or equal to 1/);
  });

  test('dates', async () => {
    await refused(
      { StartDate: new Date(Date.now() - 360_000) },
      /^The StartDate you specify cannot be earlier than 5 minutes ago\.$/,
    );
    const StartDate = new Date(Date.now() + 60_000);
    await refused({ StartDate, EndDate: StartDate }, /EndDate/);
  });

  test('retry policies', async () => {
    await refusedTarget({ RetryPolicy: { MaximumRetryAttempts: 186 } }, /185/);
    await refusedTarget({ RetryPolicy: { MaximumEventAgeInSeconds: 59 } }, /60/);
    await refusedTarget({ RetryPolicy: { MaximumEventAgeInSeconds: 86_401 } }, /86400/);
    await refusedTarget({ DeadLetterConfig: { Arn: arn('sqs', 'dead.fifo') } }, /pattern/);
    await refusedTarget({ DeadLetterConfig: { Arn: 'arn:aws:sqs:eu-west-1:000000000000:dead' } }, /us-east-1/);
  });

  test('targets that are not there, or not as they say', async () => {
    await refusedTarget({ Arn: 'nonsense' }, /^Provided Arn is not in correct format\.$/);
    await refusedTarget({ Arn: arn('codebuild', 'project/p') }, /CodeBuild projects cannot be targets here/);
    await refusedTarget(
      { Arn: 'arn:aws:states:eu-west-1:000000000000:stateMachine:m' },
      /not in account 000000000000 and region us-east-1/,
    );
    await refusedTarget({ Arn: arn('states', 'stateMachine:m'), Input: 'no JSON' }, /well-formed JSON/);
    await refusedTarget({ Arn: arn('states', 'activity:a') }, /not in correct format/);
    await refusedTarget({ Arn: arn('kinesis', 'stream/s') }, /Kinesis/);
    await refusedTarget({ Arn: 'arn:aws:sqs:eu-west-1:000000000000:ticks' }, /not in account 000000000000 and region us-east-1/);
    await refusedTarget({ Arn: arn('sqs', 'ticks.fifo') }, /MessageGroupId/);
    await refusedTarget({ Arn: arn('sns', 'topic.fifo') }, /universal target/);
    await refusedTarget({ Arn: arn('events', 'event-bus/default') }, /EventBridgeParameters/);
    await refusedTarget({ Arn: arn('lambda', 'function:f'), Input: 'no JSON' }, /well-formed JSON/);
    await refusedTarget({ Arn: arn('lambda', 'function:f'), SqsParameters: { MessageGroupId: 'a' } }, /SqsParameters/);
    await refusedTarget({ KinesisParameters: { PartitionKey: 'a' } }, /KinesisParameters/);
    await refusedTarget({ Input: 'x'.repeat(256 * 1024 + 1) }, /262144/);
  });

  test('universal targets that are not served', async () => {
    const universal = (operation: string, input: object) =>
      [{ Arn: `arn:aws:scheduler:::aws-sdk:${operation}`, Input: JSON.stringify(input) }] as const;
    await refusedTarget(...universal('ec2:stopInstances', {}), /is not served here\. Universal targets are lambda:invoke/);
    await refusedTarget(...universal('sqs:sendMessage', { MessageBody: 'x' }), /QueueUrl/);
    await refusedTarget(...universal('sqs:sendMessage', { QueueUrl: 'x', MessageBody: 'x' }), /no queue/);
    await refusedTarget(...universal('lambda:invoke', { FunctionName: 'f', ClientContext: 'x' }), /ClientContext/);
    await refusedTarget(...universal('eventbridge:putEvents', { Entries: [] }), /1 to 10/);
    await refusedTarget(...universal('sfn:startExecution', { Input: '{}' }), /StateMachineArn/);
    await refusedTarget(...universal('sfn:startExecution', { StateMachineArn: 'm' }), /no state machine of account/);
    await refusedTarget({ Arn: 'arn:aws:scheduler:::aws-sdk:sns:publish', Input: '{' }, /well-formed JSON/);
  });

  test('what would have no effect is refused, not ignored', async () => {
    await refused({ KmsKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/1' }, /KmsKeyArn/);
  });

  test('a group that is not there', async () => {
    assert.deepEqual(await refusalOf(create({ Name: 'lost', ...daily(), GroupName: 'nowhere' })), {
      name: 'ResourceNotFoundException',
      message: 'Schedule group nowhere does not exist.',
      status: 404,
    });
  });
});

describe('behaviour', () => {
  test('a name can be given once in a group', async () => {
    const Name = await service.create();
    assert.deepEqual(await refusalOf(create({ Name, ...daily() })), {
      name: 'ConflictException',
      message: `Schedule ${Name} already exists.`,
      status: 409,
    });
    await service.create({ Name, GroupName: await service.group() });
  });

  test('the same request with the same token makes one schedule', async () => {
    const input = { Name: 'tokened', ...daily(), ClientToken: 'once' };
    assert.equal((await create(input)).ScheduleArn, (await create(input)).ScheduleArn);
    assert.equal((await refusalOf(create({ ...input, Description: 'another' }))).name, 'ConflictException');
  });

  test('a rate begins at once, and what is due becomes an entry of the outbox', async () => {
    await service.create({
      Name: 'soon',
      ScheduleExpression: 'rate(1 day)',
      Target: { Arn: QUEUE_ARN, RoleArn: ROLE_ARN, Input: 'from <aws.scheduler.schedule-arn>' },
    });
    const [entry] = await service.sent();
    assert.equal(Buffer.from(entry?.payload ?? []).toString(), `from ${arn('scheduler', 'schedule/default/soon')}`);
    assert.deepEqual(entry?.target, { kind: 'queue', arn: QUEUE_ARN });
  });

  test('a state machine gets the input, or what there is to say of the occurrence', async () => {
    const machine = arn('states', 'stateMachine:nightly:7');
    const due = async (Input?: string) => {
      await service.create({ ScheduleExpression: 'rate(1 day)', Target: { Arn: machine, RoleArn: ROLE_ARN, Input } });
      const [entry] = await service.sent();
      assert.deepEqual(entry?.target, { kind: 'stateMachine', arn: machine });
      return JSON.parse(Buffer.from(entry?.payload ?? []).toString()) as Record<string, unknown>;
    };
    assert.deepEqual(await due('{"id":7}'), { id: 7 });
    assert.equal((await due())['detail-type'], 'Scheduled Event');
  });

  test('universal targets become what they ask for', async () => {
    const due = async (operation: string, input: object) => {
      const Target = { Arn: `arn:aws:scheduler:::aws-sdk:${operation}`, RoleArn: ROLE_ARN, Input: JSON.stringify(input) };
      await service.create({ ScheduleExpression: 'rate(1 day)', Target });
      return (await service.sent()).map(({ target, payload }) => [target, Buffer.from(payload).toString()] as const);
    };
    const QueueUrl = `${service.endpoint}/000000000000/orders`;
    assert.deepEqual(await due('sqs:sendMessage', { QueueUrl, MessageBody: 'hello', MessageGroupId: 'g' }), [
      [{ kind: 'queue', arn: arn('sqs', 'orders'), groupId: 'g' }, 'hello'],
    ]);
    const MessageAttributes = { colour: { DataType: 'String', StringValue: 'red' } };
    assert.deepEqual(await due('sns:publish', { TopicArn: arn('sns', 'news'), Message: 'hi', Subject: 's', MessageAttributes }), [
      [{ kind: 'topic', arn: arn('sns', 'news'), attributes: { colour: { type: 'String', value: 'red' } }, subject: 's' }, 'hi'],
    ]);
    assert.deepEqual(
      await due('lambda:invoke', { FunctionName: 'f', Qualifier: 'live', InvocationType: 'Event', Payload: '{"a":1}' }),
      [[{ kind: 'function', arn: arn('lambda', 'function:f:live') }, '{"a":1}']],
    );
    const StateMachineArn = arn('states', 'stateMachine:nightly');
    assert.deepEqual(await due('sfn:startExecution', { StateMachineArn, Name: 'mine', Input: '{"a":1}' }), [
      [{ kind: 'stateMachine', arn: StateMachineArn, name: 'mine' }, '{"a":1}'],
    ]);
    assert.deepEqual(await due('sfn:startExecution', { StateMachineArn, Input: { a: '<aws.scheduler.attempt-number>' } }), [
      [{ kind: 'stateMachine', arn: StateMachineArn }, '{"a":"<aws.scheduler.attempt-number>"}'],
    ]);
    const event = { Source: 'a', DetailType: 'b', Detail: '{"n":1}', Time: '2026-11-20T00:00:00Z' };
    const events = await due('eventbridge:putEvents', { Entries: [event, { ...event, EventBusName: 'own', Resources: ['r'] }] });
    const bus = { kind: 'bus', source: 'a', detailType: 'b', timeMs: Date.parse(event.Time) };
    assert.deepEqual(events, [
      [{ ...bus, arn: arn('events', 'event-bus/default'), resources: [] }, '{"n":1}'],
      [{ ...bus, arn: arn('events', 'event-bus/own'), resources: ['r'] }, '{"n":1}'],
    ]);
    const Time = '<aws.scheduler.scheduled-time>';
    const [timed] = await due('eventbridge:putEvents', { Entries: [{ ...event, Detail: `{"at":"${Time}"}`, Time }] });
    assert(timed?.[0].kind === 'bus');
    assert.deepEqual(JSON.parse(timed[1]), { at: new Date(timed[0].timeMs).toISOString().replace('.000Z', 'Z') });
  });
});
