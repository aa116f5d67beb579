// Pipes end to end: messages through filter, enrichment and template to their targets, on a real platform with real functions.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CloudWatchLogsClient, CreateLogGroupCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import type { CreatePipeCommandInput } from '@aws-sdk/client-pipes';
import { CreatePipeCommand, DeletePipeCommand, DescribePipeCommand, PipesClient, StopPipeCommand } from '@aws-sdk/client-pipes';
import { runMappedPlatform, tellingHandler } from '../../support/mapped-platform.ts';
import type { MappedPlatform } from '../../support/mapped-platform.ts';
import { REGION, ROLE, ROOT } from '../../support/running-platform.ts';

let platform: MappedPlatform;
let pipes: PipesClient;
let buses: EventBridgeClient;
let logs: CloudWatchLogsClient;

before(async () => {
  platform = await runMappedPlatform();
  const options = { endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 };
  pipes = new PipesClient(options);
  buses = new EventBridgeClient(options);
  logs = new CloudWatchLogsClient(options);
});
after(async () => {
  for (const client of [pipes, buses, logs]) client.destroy();
  await platform.close();
});

const functionArn = (name: string) => `arn:aws:lambda:${REGION}:000000000000:function:${name}`;

/** Until a pipe is what it is to be. */
async function until(Name: string, isReached: (pipe: { CurrentState?: string; StateReason?: string }) => boolean): Promise<void> {
  for (const deadline = Date.now() + 15_000; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const found = await pipes.send(new DescribePipeCommand({ Name }));
    if (isReached(found)) return;
    assert.ok(Date.now() < deadline, JSON.stringify(found));
  }
}

async function pipe(Name: string, more: Pick<CreatePipeCommandInput, 'Source' | 'Target'> & Partial<CreatePipeCommandInput>) {
  await pipes.send(new CreatePipeCommand({ Name, RoleArn: ROLE, ...more }));
  await until(Name, ({ CurrentState }) => CurrentState === 'RUNNING');
}

test('from a queue through filter, enrichment and templates to a queue', async () => {
  const [source, target] = await Promise.all([platform.queue('raw'), platform.queue('cooked')]);
  await platform.deploy(
    'enricher',
    'export const handler = async (orders) => orders.map(({ id, price }) => ({ id, total: price * 2 }));',
  );
  await pipe('kitchen', {
    Source: source.arn,
    SourceParameters: { FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["order"]}}' }] } },
    Enrichment: functionArn('enricher'),
    EnrichmentParameters: { InputTemplate: '{"id": <$.body.id>, "price": <$.body.price>}' },
    Target: target.arn,
    TargetParameters: { InputTemplate: 'order <$.id> costs <$.total>' },
  });
  await platform.send(source.url, '{"kind":"bill"}', '{"kind":"order","id":7,"price":21}', 'text');
  assert.equal(await platform.next(target.url), 'order 7 costs 42');
  await platform.emptied(source.url);
});

test('a function as target says what failed, and only that comes again', async () => {
  const [source, results] = await Promise.all([platform.queue('work', { VisibilityTimeout: '3' }), platform.queue('work-results')]);
  const then = `return { batchItemFailures: event
    .filter(({ body, attributes }) => body === 'bad' && attributes.ApproximateReceiveCount === '1')
    .map(({ messageId }) => ({ itemIdentifier: messageId })) };`;
  await platform.deploy('piped', tellingHandler(then), { Environment: { Variables: { RESULTS: results.url } } });
  await platform.send(source.url, 'good', 'bad');
  await pipe('to-function', { Source: source.arn, Target: functionArn('piped') });
  const bodies = async () => (JSON.parse(await platform.next(results.url)) as { body: string }[]).map(({ body }) => body);
  assert.deepEqual((await bodies()).toSorted(), ['bad', 'good']);
  assert.deepEqual(await bodies(), ['bad']);
  await platform.emptied(source.url);
});

test('to a bus, whose rules see an event of the pipe', async () => {
  const [source, seen] = await Promise.all([platform.queue('to-bus'), platform.queue('from-bus')]);
  await buses.send(new PutRuleCommand({ Name: 'all-orders', EventPattern: '{"detail-type":["order"]}' }));
  await buses.send(new PutTargetsCommand({ Rule: 'all-orders', Targets: [{ Id: 'seen', Arn: seen.arn }] }));
  await pipe('publisher', {
    Source: source.arn,
    Target: `arn:aws:events:${REGION}:000000000000:event-bus/default`,
    TargetParameters: {
      InputTemplate: '{"order": <$.body.id>}',
      EventBridgeEventBusParameters: { DetailType: '$.body.kind', Source: 'shop' },
    },
  });
  await platform.send(source.url, '{"kind":"order","id":7}');
  assert.partialDeepStrictEqual(JSON.parse(await platform.next(seen.url)), {
    'detail-type': 'order',
    source: 'shop',
    detail: { order: 7 },
  });
  await platform.emptied(source.url);
});

test('to a log group', async () => {
  const source = await platform.queue('to-logs');
  const logGroupName = '/pipes/lines';
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await pipe('logger', {
    Source: source.arn,
    Target: `arn:aws:logs:${REGION}:000000000000:log-group:${logGroupName}`,
    TargetParameters: { InputTemplate: '<$.body>', CloudWatchLogsParameters: { LogStreamName: 'all' } },
  });
  await platform.send(source.url, 'a line');
  await platform.emptied(source.url);
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName, logStreamNames: ['all'] }));
  assert.deepEqual(
    events.map(({ message }) => message),
    ['a line'],
  );
});

test('while its target is not there, messages stay where they are', async () => {
  const source = await platform.queue('patient', { VisibilityTimeout: '1' });
  const Target = `arn:aws:sqs:${REGION}:000000000000:later`;
  await pipe('waiting', { Source: source.arn, Target, TargetParameters: { InputTemplate: '<$.body>' } });
  await platform.send(source.url, 'hold on');
  await until('waiting', ({ StateReason }) => /does not exist/.test(StateReason ?? ''));
  const target = await platform.queue('later');
  assert.equal(await platform.next(target.url), 'hold on');
  await platform.emptied(source.url);
});

test('a pipe that is stopped, and one that is deleted, takes nothing more', async () => {
  const [source, target] = await Promise.all([platform.queue('halted'), platform.queue('halted-target')]);
  await pipe('halting', { Source: source.arn, Target: target.arn });
  await pipes.send(new StopPipeCommand({ Name: 'halting' }));
  await until('halting', ({ CurrentState }) => CurrentState === 'STOPPED');
  await platform.send(source.url, 'mine');
  assert.equal(await platform.next(source.url), 'mine');
  await pipes.send(new DeletePipeCommand({ Name: 'halting' }));
});
