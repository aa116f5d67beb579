// Create-, Get-, List-, Update- and DeleteEventSourceMapping, and their tags, with the SDK's client.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CreateEventSourceMappingCommandInput } from '@aws-sdk/client-lambda';
import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
  ListTagsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { stateOf } from '#registry';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { SCOPE } from '../../support/temporary-registry.ts';

let plane: LambdaControlPlane;
/** Somebody has to run them for a mapping to get from one state to the next. */
let isRun = true;
const settlings = new Set<Promise<void>>();

before(async () => {
  plane = await openLambdaControlPlane();
  plane.mappings.onChanged((scope, { record, revision }) => {
    if (isRun) settlings.add(plane.mappings.settle(scope, record.uuid, revision));
  });
  await plane.deploy('worker');
});

after(() => plane.close());

let queues = 0;
function queue({ isFifo = false, visibilityTimeoutSeconds = 30 } = {}): string {
  const arn = `arn:aws:sqs:us-east-1:000000000000:queue-${(queues += 1)}${isFifo ? '.fifo' : ''}`;
  plane.queues.set(arn, { isFifo, visibilityTimeoutSeconds });
  return arn;
}

type Input = CreateEventSourceMappingCommandInput;
const create = (input: Partial<Input> = {}) =>
  plane.client.send(new CreateEventSourceMappingCommand({ FunctionName: 'worker', EventSourceArn: queue(), ...input }));
const get = (UUID: string | undefined) => plane.client.send(new GetEventSourceMappingCommand({ UUID }));
const update = (UUID: string | undefined, more: object) =>
  plane.client.send(new UpdateEventSourceMappingCommand({ UUID, ...more }));
const list = async (input: object) =>
  ((await plane.client.send(new ListEventSourceMappingsCommand(input))).EventSourceMappings ?? []).map(({ UUID }) => UUID);
const settled = () => Promise.all(settlings);

async function created(input: Partial<Input> = {}) {
  const mapping = await create(input);
  await settled();
  return mapping;
}

test('serialisation: what goes in comes back, with the defaults of AWS beside it', async () => {
  const EventSourceArn = queue();
  const { $metadata, UUID, LastModified, ...mapping } = await create({ EventSourceArn });
  assert.equal($metadata.httpStatusCode, 202);
  assert.ok(LastModified instanceof Date);
  assert.deepEqual(mapping, {
    BatchSize: 10,
    MaximumBatchingWindowInSeconds: 0,
    EventSourceArn,
    EventSourceMappingArn: `arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${UUID}`,
    FunctionArn: arnOf('worker'),
    FunctionResponseTypes: [],
    LastProcessingResult: 'No records processed',
    State: 'Creating',
    StateTransitionReason: 'USER_INITIATED',
  });
  await settled();
  assert.equal((await get(UUID)).State, 'Enabled');
});

test('serialisation: every setting', async () => {
  const settings = {
    BatchSize: 500,
    MaximumBatchingWindowInSeconds: 20,
    FunctionResponseTypes: ['ReportBatchItemFailures' as const],
    ScalingConfig: { MaximumConcurrency: 7 },
    FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["order"]}}' }] },
  };
  const { UUID } = await created({ ...settings, Enabled: false });
  const found = await get(UUID);
  assert.partialDeepStrictEqual(found, settings);
  assert.equal(found.State, 'Disabled');
});

test('validation: what Lambda says to a function, a queue and a source that are not there', async () => {
  await assertRefused(create({ FunctionName: 'nobody' }), 'InvalidParameterValueException', 'Function does not exist', 400);
  const EventSourceArn = 'arn:aws:sqs:us-east-1:000000000000:missing';
  await assertRefused(create({ EventSourceArn }), 'InvalidParameterValueException', /The specified queue does not exist\.$/, 400);
  const topic = 'arn:aws:sns:us-east-1:000000000000:topic';
  await assertRefused(create({ EventSourceArn: topic }), 'InvalidParameterValueException', 'Unrecognized event source.');
  await assertRefused(create({ EventSourceArn: undefined }), 'InvalidParameterValueException', 'Unrecognized event source.');
  const foreign = 'arn:aws:sqs:eu-west-1:000000000000:queue';
  await assertRefused(create({ EventSourceArn: foreign }), 'InvalidParameterValueException', /another account or region/);
});

test('validation: other sources are refused by their names', async () => {
  const stream = 'arn:aws:kinesis:us-east-1:000000000000:stream/s';
  await assertRefused(create({ EventSourceArn: stream }), 'InvalidParameterValueException', /^Kinesis streams are not served/);
  const table = 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026';
  await assertRefused(create({ EventSourceArn: table }), 'InvalidParameterValueException', /^DynamoDB streams are not served/);
  const kafka = { SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['k:9092'] } }, Topics: ['orders'] };
  await assertRefused(create({ EventSourceArn: undefined, ...kafka }), 'InvalidParameterValueException', /^Kafka topics/);
});

test('validation: what the queue, the batch and the function have to do with each other', async () => {
  await assertRefused(
    create({ BatchSize: 11 }),
    'InvalidParameterValueException',
    /batch window in seconds must be greater than 0/,
  );
  await assertRefused(create({ BatchSize: 10_001 }), 'ValidationException', /batchSize/);
  await assertRefused(create({ MaximumBatchingWindowInSeconds: 301 }), 'ValidationException', /maximumBatchingWindowInSeconds/);
  const fifo = queue({ isFifo: true });
  const withWindow = { EventSourceArn: fifo, MaximumBatchingWindowInSeconds: 1 };
  await assertRefused(create(withWindow), 'InvalidParameterValueException', 'Batching window is not supported for FIFO queues.');
  const hasty = queue({ visibilityTimeoutSeconds: 2 });
  await assertRefused(
    create({ EventSourceArn: hasty }),
    'InvalidParameterValueException',
    'Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds',
  );
  await assertRefused(create({ ScalingConfig: { MaximumConcurrency: 1 } }), 'ValidationException', /maximumConcurrency/);
  await assertRefused(create({ ScalingConfig: { MaximumConcurrency: 1001 } }), 'ValidationException', /maximumConcurrency/);
});

test('validation: filters are patterns', async () => {
  const filters = (...patterns: readonly string[]) => ({ FilterCriteria: { Filters: patterns.map((Pattern) => ({ Pattern })) } });
  for (const bad of ['{"body":', '{"body":"text"}', '[]', '{"body":[{"unknown":1}]}'])
    await assertRefused(create(filters(bad)), 'InvalidParameterValueException', /^Invalid filter pattern definition\./);
  await assertRefused(
    create(filters(...Array.from({ length: 11 }, () => '{"body":["a"]}'))),
    'InvalidParameterValueException',
    /at most 10 filters/,
  );
});

test('validation: what a queue has no use for, and what is not honoured, is refused by name', async () => {
  const cases: readonly (readonly [Partial<Input>, RegExp])[] = [
    [{ StartingPosition: 'LATEST' }, /^StartingPosition is not valid for SQS event sources\.$/],
    [{ ParallelizationFactor: 2 }, /^ParallelizationFactor is not valid/],
    [{ BisectBatchOnFunctionError: true }, /^BisectBatchOnFunctionError is not valid/],
    [{ DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:d' } } }, /redrive policy/],
    [{ KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/k' }, /^KMSKeyArn cannot be honoured/],
    [{ MetricsConfig: { Metrics: ['EventCount'] } }, /^MetricsConfig cannot be honoured/],
    [{ ProvisionedPollerConfig: { MinimumPollers: 2 } }, /^ProvisionedPollerConfig cannot be honoured/],
  ];
  for (const [input, message] of cases) await assertRefused(create(input), 'InvalidParameterValueException', message, 400);
});

test('behaviour: a function and a queue have one mapping, an alias another', async () => {
  const EventSourceArn = queue();
  const first = await created({ EventSourceArn });
  await assertRefused(
    create({ EventSourceArn, FunctionName: arnOf('worker') }),
    'ResourceConflictException',
    `An event source mapping with SQS arn (" ${EventSourceArn} ") and function (" worker ") already exists. Please update or delete the existing mapping with UUID ${first.UUID}`,
    409,
  );
  await plane.client.send(new CreateAliasCommand({ FunctionName: 'worker', Name: 'live', FunctionVersion: '$LATEST' }));
  const other = await created({ EventSourceArn, FunctionName: 'worker:live' });
  assert.equal(other.FunctionArn, arnOf('worker', 'live'));
  assert.deepEqual(new Set(await list({ EventSourceArn })), new Set([first.UUID, other.UUID]));
  assert.deepEqual(await list({ EventSourceArn, FunctionName: 'worker:live' }), [other.UUID]);
  assert.deepEqual(await list({ FunctionName: 'worker:live' }), [other.UUID]);
});

test('behaviour: lists come in pages', async () => {
  await plane.deploy('listed');
  const uuids = [];
  for (let i = 0; i < 5; i += 1) uuids.push((await created({ FunctionName: 'listed' })).UUID);
  const seen: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const page = await plane.client.send(new ListEventSourceMappingsCommand({ FunctionName: 'listed', MaxItems: 2, Marker }));
    assert.ok((page.EventSourceMappings?.length ?? 0) <= 2);
    seen.push(...(page.EventSourceMappings ?? []).map(({ UUID }) => UUID));
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  assert.deepEqual(new Set(seen), new Set(uuids));
  assert.equal(seen.length, 5);
});

test('behaviour: an update changes what it names, and says where it is going', async () => {
  const { UUID } = await created({ BatchSize: 3, FunctionResponseTypes: ['ReportBatchItemFailures'] });
  const updating = await update(UUID, { BatchSize: 5 });
  assert.equal(updating.$metadata.httpStatusCode, 202);
  assert.equal(updating.State, 'Updating');
  await settled();
  assert.equal((await update(UUID, { Enabled: false })).State, 'Disabling');
  await settled();
  assert.equal((await update(UUID, { Enabled: true, FunctionResponseTypes: [] })).State, 'Enabling');
  await settled();
  const found = await get(UUID);
  assert.deepEqual([found.State, found.BatchSize, found.FunctionResponseTypes], ['Enabled', 5, []]);
});

test('behaviour: another function takes a mapping over, and its place in the lists', async () => {
  await plane.deploy('successor');
  const { UUID, EventSourceArn } = await created();
  const taken = await created({ EventSourceArn, FunctionName: 'successor' });
  await assertRefused(update(UUID, { FunctionName: 'successor' }), 'ResourceConflictException', new RegExp(`${taken.UUID}$`), 409);
  await plane.client.send(new DeleteEventSourceMappingCommand({ UUID: taken.UUID }));
  await settled();
  assert.equal((await update(UUID, { FunctionName: 'successor' })).FunctionArn, arnOf('successor'));
  await settled();
  assert.deepEqual(await list({ FunctionName: 'successor' }), [UUID]);
  assert.deepEqual(await list({ EventSourceArn, FunctionName: 'worker' }), []);
});

test('behaviour: what is between two states waits for nobody', async () => {
  isRun = false;
  const { UUID } = await create();
  await assertRefused(update(UUID, { BatchSize: 2 }), 'ResourceInUseException', /because it is in use: it is creating/, 400);
  await assertRefused(
    plane.client.send(new DeleteEventSourceMappingCommand({ UUID })),
    'ResourceInUseException',
    /^Cannot delete the event source mapping/,
  );
  isRun = true;
  for await (const { record, revision } of plane.mappings.all(SCOPE))
    if (stateOf(record) === 'Creating') await plane.mappings.settle(SCOPE, record.uuid, revision);
  assert.equal((await get(UUID)).State, 'Enabled');
});

test('behaviour: a deleted mapping is gone, and may be made again', async () => {
  const { UUID, EventSourceArn } = await created();
  const deleting = await plane.client.send(new DeleteEventSourceMappingCommand({ UUID }));
  assert.deepEqual([deleting.$metadata.httpStatusCode, deleting.State], [202, 'Deleting']);
  await settled();
  await assertRefused(get(UUID), 'ResourceNotFoundException', 'The resource you requested does not exist.', 404);
  assert.deepEqual(await list({ EventSourceArn }), []);
  assert.notEqual((await created({ EventSourceArn })).UUID, UUID);
});

test('behaviour: a mapping whose queue is gone can be switched off and deleted, and nothing else', async () => {
  const { UUID, EventSourceArn = '' } = await created();
  plane.queues.delete(EventSourceArn);
  await assertRefused(update(UUID, { BatchSize: 2 }), 'InvalidParameterValueException', /The specified queue does not exist/);
  assert.equal((await update(UUID, { Enabled: false })).State, 'Disabling');
  await settled();
  assert.equal((await plane.client.send(new DeleteEventSourceMappingCommand({ UUID }))).State, 'Deleting');
  await settled();
});

test('behaviour: tags', async () => {
  const { UUID, EventSourceMappingArn: Resource } = await created({ Tags: { team: 'mail' } });
  await plane.client.send(new TagResourceCommand({ Resource, Tags: { stage: 'test' } }));
  await plane.client.send(new UntagResourceCommand({ Resource, TagKeys: ['team'] }));
  assert.deepEqual((await plane.client.send(new ListTagsCommand({ Resource }))).Tags, { stage: 'test' });
  assert.equal((await get(UUID)).State, 'Enabled');
  const missing = Resource?.replace(/.{4}$/, '0000');
  await assertRefused(plane.client.send(new ListTagsCommand({ Resource: missing })), 'ResourceNotFoundException', /does not exist/);
});
