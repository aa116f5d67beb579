// State machines as targets on the whole platform: rules, schedules and pipes start executions, and express ones enrich.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import type { Target } from '@aws-sdk/client-eventbridge';
import { CreatePipeCommand, DescribePipeCommand, PipesClient } from '@aws-sdk/client-pipes';
import type { CreatePipeCommandInput } from '@aws-sdk/client-pipes';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { CreateStateMachineCommand, DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { REGION, ROLE, ROOT, runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';

let platform: RunningPlatform;
let sfn: SFNClient;
let sqs: SQSClient;
let events: EventBridgeClient;
let pipes: PipesClient;
let scheduler: SchedulerClient;
before(async () => {
  platform = await runPlatform();
  const settings = { endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 };
  sfn = new SFNClient(settings);
  sqs = new SQSClient(settings);
  events = new EventBridgeClient(settings);
  pipes = new PipesClient(settings);
  scheduler = new SchedulerClient(settings);
});
after(async () => {
  for (const client of [sfn, sqs, events, pipes, scheduler]) client.destroy();
  await platform.close();
});

const at = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`;

/** Its executions send what they are given to a queue of the machine's name, and end with it. */
async function machine(name: string, type: 'STANDARD' | 'EXPRESS' = 'STANDARD'): Promise<string> {
  const QueueUrl = await queue(`${name}-heard`);
  const States = {
    Tell: {
      Type: 'Task',
      Resource: 'arn:aws:states:::sqs:sendMessage',
      Parameters: { QueueUrl, MessageBody: { 'input.$': '$', 'name.$': '$$.Execution.Name' } },
      ResultPath: null,
      End: true,
    },
  };
  const definition = JSON.stringify({ StartAt: 'Tell', States });
  await sfn.send(new CreateStateMachineCommand({ name, definition, roleArn: ROLE, type }));
  return at('states', `stateMachine:${name}`);
}

async function queue(QueueName: string, Attributes?: Record<string, string>): Promise<string> {
  return (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? '';
}

/** What the next message of a queue says, however long it takes. */
async function heard(name: string): Promise<unknown> {
  const QueueUrl = `${platform.endpoint}/000000000000/${name}`;
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ['All'] }),
    );
    const [message] = Messages;
    if (message !== undefined) return { body: JSON.parse(message.Body ?? ''), attributes: message.MessageAttributes };
  }
}

async function bodyOf(name: string): Promise<{ readonly input: unknown; readonly name: string }> {
  return ((await heard(`${name}-heard`)) as { readonly body: { readonly input: unknown; readonly name: string } }).body;
}

async function rule(source: string, target: Omit<Target, 'Id'> & { readonly Arn: string }): Promise<void> {
  await events.send(new PutRuleCommand({ Name: source, EventPattern: JSON.stringify({ source: [source] }) }));
  const Targets = [{ Id: 'machine', RoleArn: ROLE, ...target }];
  assert.equal((await events.send(new PutTargetsCommand({ Rule: source, Targets }))).FailedEntryCount, 0);
}

async function put(Source: string): Promise<string> {
  const Entries = [{ Source, DetailType: 'Order', Detail: '{"order":{"id":7}}' }];
  return (await events.send(new PutEventsCommand({ Entries }))).Entries?.[0]?.EventId ?? '';
}

describe('rules', () => {
  test('an event starts an execution that is named after it', async () => {
    const Arn = await machine('by-rule');
    await rule('by-rule', {
      Arn,
      InputTransformer: { InputPathsMap: { id: '$.detail.order.id' }, InputTemplate: '{"order": <id>}' },
    });
    const eventId = await put('by-rule');
    const { input, name } = await bodyOf('by-rule');
    assert.deepEqual(input, { order: 7 });
    assert.ok(name.startsWith(`${eventId}_`), name);
    const executionArn = at('states', `execution:by-rule:${name}`);
    assert.equal((await sfn.send(new DescribeExecutionCommand({ executionArn }))).input, '{"order": 7}');
    assert.equal((await sfn.send(new ListExecutionsCommand({ stateMachineArn: Arn }))).executions?.length, 1);
  });

  test('what cannot be started is a dead letter that says why', async () => {
    await queue('dead');
    const DeadLetterConfig = { Arn: at('sqs', 'dead') };
    await rule('gone', { Arn: at('states', 'stateMachine:gone'), DeadLetterConfig });
    await put('gone');
    const { attributes } = (await heard('dead')) as {
      readonly attributes: Readonly<Record<string, { readonly StringValue?: string }>>;
    };
    assert.equal(attributes['ERROR_CODE']?.StringValue, 'NO_RESOURCE');
    assert.match(attributes['ERROR_MESSAGE']?.StringValue ?? '', /State Machine Does Not Exist/);
    assert.equal(attributes['TARGET_ARN']?.StringValue, at('states', 'stateMachine:gone'));
  });
});

describe('schedules', () => {
  const meet = async (Name: string, Target: { readonly Arn: string; readonly Input?: string }) =>
    scheduler.send(
      new CreateScheduleCommand({
        Name,
        ScheduleExpression: `at(${new Date().toISOString().slice(0, 19)})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { RoleArn: ROLE, ...Target },
      }),
    );

  test('a state machine is started with the input of its schedule', async () => {
    const Arn = await machine('by-schedule');
    await meet('templated', { Arn, Input: '{"at":"<aws.scheduler.scheduled-time>"}' });
    const { input } = await bodyOf('by-schedule');
    assert.match((input as { readonly at: string }).at, /^\d{4}-\d\d-\d\dT/);
  });

  test('and by the name of the operation, under a name of the user', async () => {
    const StateMachineArn = await machine('by-name');
    const Input = JSON.stringify({ StateMachineArn, Name: 'mine', Input: '{"n":1}' });
    await meet('universal', { Arn: 'arn:aws:scheduler:::aws-sdk:sfn:startExecution', Input });
    assert.deepEqual(await bodyOf('by-name'), { input: { n: 1 }, name: 'mine' });
  });
});

describe('pipes', () => {
  async function pipe(Name: string, more: Partial<CreatePipeCommandInput> & { readonly Target: string }): Promise<string> {
    const QueueUrl = await queue(`${Name}-source`);
    await pipes.send(new CreatePipeCommand({ Name, RoleArn: ROLE, Source: at('sqs', `${Name}-source`), ...more }));
    return QueueUrl;
  }

  test('a batch is the input of one execution that nobody waits for', async () => {
    const Target = await machine('by-pipe');
    const QueueUrl = await pipe('to-machine', {
      Target,
      TargetParameters: {
        InputTemplate: '{"order": <$.body.id>}',
        StepFunctionStateMachineParameters: { InvocationType: 'FIRE_AND_FORGET' },
      },
    });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"id":7}' }));
    assert.deepEqual((await bodyOf('by-pipe')).input, [{ order: 7 }]);
  });

  test('an express machine is waited for, as target and as enrichment', async () => {
    const Enrichment = await machine('enriches', 'EXPRESS');
    const Target = await machine('takes', 'EXPRESS');
    const QueueUrl = await pipe('through-express', {
      Enrichment,
      EnrichmentParameters: { InputTemplate: '{"id": <$.body.id>}' },
      Target,
      TargetParameters: { InputTemplate: '{"from": <$.id>}' },
    });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"id":7}' }));
    assert.deepEqual((await bodyOf('enriches')).input, [{ id: 7 }]);
    assert.deepEqual((await bodyOf('takes')).input, [{ from: 7 }]);
  });

  test('a standard machine cannot be waited for, and the pipe says what to set', async () => {
    const Target = await machine('standard');
    const QueueUrl = await pipe('waits', { Target });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));
    for (;;) {
      const { StateReason } = await pipes.send(new DescribePipeCommand({ Name: 'waits' }));
      if (StateReason === undefined) {
        await delay(20);
        continue;
      }
      assert.match(StateReason, /InvocationType FIRE_AND_FORGET/);
      break;
    }
  });
});
