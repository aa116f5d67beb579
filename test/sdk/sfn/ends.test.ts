// How others hear of an execution's end: the platform's own page, which waits for it, and the default bus.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateStateMachineCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { REGION, ROLE, ROOT, runPlatform, type RunningPlatform } from '../../support/running-platform.ts';
import { signRequest } from '../../support/sign-request.ts';

let platform: RunningPlatform;
let sfn: SFNClient;
let machine: string;

before(async () => {
  platform = await runPlatform();
  sfn = new SFNClient({ endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 });
  const definition = JSON.stringify({ StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 1, End: true } } });
  const created = await sfn.send(new CreateStateMachineCommand({ name: 'brief', roleArn: ROLE, definition }));
  machine = created.stateMachineArn ?? '';
});
after(async () => {
  sfn.destroy();
  await platform.close();
});

function endPage(executionArn: string, query: string, key: { readonly secretAccessKey: string } = ROOT): Promise<Response> {
  return page(`${encodeURIComponent(executionArn)}/end${query}`, key);
}

async function page(rest: string, key: { readonly secretAccessKey: string } = ROOT): Promise<Response> {
  const path = `/_mayfly/executions/${rest}`;
  const headers = signRequest({
    method: 'GET',
    url: path,
    headers: { host: new URL(platform.endpoint).host },
    service: 'mayfly',
    accessKeyId: ROOT.accessKeyId,
    secretAccessKey: key.secretAccessKey,
    nowMs: Date.now(),
  });
  return fetch(`${platform.endpoint}${path}`, { headers });
}

async function start(name?: string): Promise<string> {
  return (await sfn.send(new StartExecutionCommand({ stateMachineArn: machine, name, input: '{"a":1}' }))).executionArn ?? '';
}

test('the page of an end waits for it, as long as its client says', async () => {
  const executionArn = await start();
  const now = (await (await endPage(executionArn, '?seconds=0')).json()) as { readonly status: string };
  assert.equal(now.status, 'RUNNING');
  const end = (await (await endPage(executionArn, '')).json()) as { readonly status: string; readonly output: string };
  assert.deepEqual([end.status, end.output], ['SUCCEEDED', '{"a":1}']);
});

test('the page is for the root key, and for executions that there are', async () => {
  const executionArn = await start();
  assert.equal((await endPage(executionArn, '', { secretAccessKey: 'another' })).status, 403);
  assert.equal((await endPage(`${executionArn}0`, '')).status, 400);
  assert.equal((await endPage(executionArn, '?seconds=21')).status, 400);
});

test('who follows the ends of executions is told of each, as it is on the disk, until he leaves', async () => {
  assert.equal((await page('ends', { secretAccessKey: 'another' })).status, 403);
  const { body } = await page('ends');
  assert(body !== null);
  const started = await Promise.all([start(), start(), start()]);
  const told: string[] = [];
  let text = '';
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    text += part;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const end = JSON.parse(line) as { readonly executionArn: string; readonly status: string; readonly output: string };
      if (started.includes(end.executionArn)) told.push(`${end.executionArn} ${end.status} ${end.output}`);
    }
    if (told.length === started.length) break;
  }
  assert.deepEqual(told.toSorted(), started.map((arn) => `${arn} SUCCEEDED {"a":1}`).toSorted());
});

test('a rule of the default bus hears of a status', async () => {
  const settings = { endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 };
  const events = new EventBridgeClient(settings);
  const queues = new SQSClient(settings);
  const { QueueUrl } = await queues.send(new CreateQueueCommand({ QueueName: 'news' }));
  const pattern = { source: ['aws.states'], detail: { status: ['SUCCEEDED'], name: ['heard'] } };
  await events.send(new PutRuleCommand({ Name: 'ended', EventPattern: JSON.stringify(pattern) }));
  const Arn = `arn:aws:sqs:${REGION}:000000000000:news`;
  await events.send(new PutTargetsCommand({ Rule: 'ended', Targets: [{ Id: 'queue', Arn }] }));
  const executionArn = await start('heard');
  const { Messages = [] } = await queues.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  const event = JSON.parse(Messages[0]?.Body ?? '{}') as {
    readonly 'detail-type': string;
    readonly detail: Record<string, unknown>;
  };
  assert.equal(event['detail-type'], 'Step Functions Execution Status Change');
  assert.equal(event.detail['executionArn'], executionArn);
  assert.equal(event.detail['output'], '{"a":1}');
  events.destroy();
  queues.destroy();
});
