// Create-, Describe-, Update-, Start-, Stop-, Delete- and ListPipes, and tags, with the SDK's client.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CreatePipeCommandInput, UpdatePipeCommandInput } from '@aws-sdk/client-pipes';
import {
  CreatePipeCommand,
  DeletePipeCommand,
  DescribePipeCommand,
  ListPipesCommand,
  ListTagsForResourceCommand,
  StartPipeCommand,
  StopPipeCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdatePipeCommand,
} from '@aws-sdk/client-pipes';
import { SCOPE } from '../../support/invocable.ts';
import { assertRefused, at, openPipesService } from '../../support/pipes-service.ts';
import type { PipesService } from '../../support/pipes-service.ts';

let service: PipesService;
before(async () => {
  service = await openPipesService();
});
after(() => service.close());

const RoleArn = 'arn:aws:iam::000000000000:role/pipes';
const look = (Name: string) => service.client.send(new DescribePipeCommand({ Name }));
const update = async (Name: string, more: Partial<UpdatePipeCommandInput>) => {
  const updated = await service.client.send(new UpdatePipeCommand({ Name, RoleArn, ...more }));
  await service.settled();
  return updated;
};

describe('serialisation', () => {
  it('a pipe with what it needs', async () => {
    const Source = at('sqs', 'source');
    const Target = at('lambda', 'function:worker');
    const { $metadata, CreationTime, LastModifiedTime, ...created } = await service.client.send(
      new CreatePipeCommand({ Name: 'plain', Source, Target, RoleArn }),
    );
    assert.equal($metadata.httpStatusCode, 200);
    assert.ok(CreationTime instanceof Date && LastModifiedTime instanceof Date);
    const Arn = at('pipes', 'pipe/plain');
    assert.deepEqual(created, { Arn, Name: 'plain', DesiredState: 'RUNNING', CurrentState: 'CREATING' });
    await service.settled();
    const found = await look('plain');
    assert.partialDeepStrictEqual(found, {
      Arn,
      CurrentState: 'RUNNING',
      Source,
      SourceParameters: { SqsQueueParameters: { BatchSize: 10 } },
      Target,
      RoleArn,
      Tags: {},
    });
    assert.deepEqual([found.Enrichment, found.StateReason, found.TargetParameters], [undefined, undefined, undefined]);
  });

  it('a pipe with everything that is served', async () => {
    const pipe: Omit<CreatePipeCommandInput, 'Name'> = {
      Description: 'orders for the shop',
      DesiredState: 'STOPPED',
      Source: at('sqs', 'orders'),
      SourceParameters: {
        FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["order"]}}' }] },
        SqsQueueParameters: { BatchSize: 5, MaximumBatchingWindowInSeconds: 3 },
      },
      Enrichment: at('lambda', 'function:enricher'),
      EnrichmentParameters: { InputTemplate: '<$.body>' },
      Target: at('events', 'event-bus/shop'),
      TargetParameters: {
        InputTemplate: '{"order": <$.order>}',
        EventBridgeEventBusParameters: { Source: 'shop', DetailType: '$.kind', Resources: [at('sqs', 'orders')], Time: '$.at' },
      },
      RoleArn,
      Tags: { team: 'shop' },
    };
    await service.create('full', pipe);
    assert.partialDeepStrictEqual(await look('full'), { ...pipe, CurrentState: 'STOPPED' });
    const machines = {
      ...pipe,
      Enrichment: at('states', 'stateMachine:enricher'),
      Target: at('states', 'stateMachine:orders:live'),
      TargetParameters: { InputTemplate: '{"order": <$.order>}', ...MACHINE_PARAMETERS },
    };
    await service.create('machines', machines);
    assert.partialDeepStrictEqual(await look('machines'), { ...machines, CurrentState: 'STOPPED' });
  });
});

const MACHINE_PARAMETERS = { StepFunctionStateMachineParameters: { InvocationType: 'FIRE_AND_FORGET' } } as const;

describe('validation', () => {
  const refused = (more: Partial<CreatePipeCommandInput>, message: RegExp) =>
    assertRefused(service.create('refused', more), 'ValidationException', message, 400);

  it('sources, enrichments and targets that are not served are refused by name', async () => {
    await refused({ Source: at('kinesis', 'stream/s') }, /^Kinesis streams are not served as sources/);
    await refused({ Source: 'smk://broker.example:9092' }, /^Kafka topics are not served as sources/);
    await refused({ Source: at('sqs', 'missing') }, /does not exist/);
    await refused({ Source: 'arn:aws:sqs:eu-west-1:000000000000:source' }, /another account or region/);
    await refused({ Enrichment: at('events', 'api-destination/d/1') }, /Lambda functions and express state machines alone/);
    await refused({ Target: at('states', 'activity:a') }, /are not served as targets/);
    await refused({ Target: at('firehose', 'deliverystream/d') }, /^Firehose streams/);
    await refused({ Target: at('execute-api', 'api/stage/GET/path') }, /^API Gateway APIs/);
    await refused({ Target: at('sns', 'topic.fifo') }, /FIFO topics are not supported/);
  });

  it('parameters belong to their target, and fit it', async () => {
    await refused({ TargetParameters: { LambdaFunctionParameters: { InvocationType: 'FIRE_AND_FORGET' } } }, /does not belong/);
    await refused({ Target: at('lambda', 'function:f'), TargetParameters: MACHINE_PARAMETERS }, /does not belong/);
    await refused({ Target: at('sqs', 'target.fifo') }, /needs TargetParameters\.SqsQueueParameters\.MessageGroupId/);
    await refused({ SourceParameters: { SqsQueueParameters: { BatchSize: 11, MaximumBatchingWindowInSeconds: 1 } } }, /more than/);
    await refused(
      { Target: at('lambda', 'function:f'), SourceParameters: { SqsQueueParameters: { BatchSize: 11 } } },
      /batch window in seconds must be greater than 0/,
    );
    const one = { SourceParameters: { SqsQueueParameters: { BatchSize: 2 } } };
    await refused({ Target: at('events', 'api-destination/d/1'), ...one }, /more than the target .* takes: 1/);
    await refused({ SourceParameters: { KinesisStreamParameters: { StartingPosition: 'LATEST' } } }, /KinesisStreamParameters/);
  });

  it('patterns and templates', async () => {
    const withFilter = (Pattern: string) => ({ SourceParameters: { FilterCriteria: { Filters: [{ Pattern }] } } });
    await refused(withFilter('{"body":'), /^Event pattern is not valid\. Reason: /);
    await refused({ TargetParameters: { InputTemplate: '<aws.pipes.nothing>' } }, /does not know/);
    await refused({ TargetParameters: { InputTemplate: 'x'.repeat(8193) } }, /inputTemplate|length/i);
  });

  it('what is not honoured', async () => {
    await refused({ LogConfiguration: { Level: 'INFO' } }, /^LogConfiguration cannot be honoured/);
    await refused({ KmsKeyIdentifier: at('kms', 'key/k') }, /^KmsKeyIdentifier cannot be honoured/);
    await service.create('silent', { LogConfiguration: { Level: 'OFF' } });
  });

  it('a name is taken once, and a pipe that is not there is not found', async () => {
    await service.create('taken');
    await assertRefused(service.create('taken'), 'ConflictException', /already exists/, 409);
    await assertRefused(look('nobody'), 'NotFoundException', /Pipe nobody does not exist/, 404);
    await assertRefused(service.create('no/name'), 'ValidationException', /name/i, 400);
  });
});

describe('behaviour', () => {
  it('an update changes what it names, and replaces what it says of a source or a target', async () => {
    await service.create('changing', {
      Description: 'before',
      SourceParameters: {
        FilterCriteria: { Filters: [{ Pattern: '{"body":["a"]}' }] },
        SqsQueueParameters: { BatchSize: 5, MaximumBatchingWindowInSeconds: 3 },
      },
      TargetParameters: { InputTemplate: 'one' },
    });
    const updated = await update('changing', { SourceParameters: { SqsQueueParameters: { BatchSize: 2 } } });
    assert.equal(updated.CurrentState, 'UPDATING');
    const found = await look('changing');
    assert.deepEqual(found.SourceParameters, {
      SqsQueueParameters: { BatchSize: 2 },
      FilterCriteria: { Filters: [{ Pattern: '{"body":["a"]}' }] },
    });
    assert.deepEqual([found.Description, found.TargetParameters], ['before', { InputTemplate: 'one' }]);
    await update('changing', { Target: at('sns', 'news'), Enrichment: at('lambda', 'function:e'), DesiredState: 'STOPPED' });
    const moved = await look('changing');
    assert.deepEqual([moved.Target, moved.TargetParameters, moved.CurrentState], [at('sns', 'news'), undefined, 'STOPPED']);
    await update('changing', { Enrichment: '' });
    assert.equal((await look('changing')).Enrichment, undefined);
  });

  it('started, stopped, deleted', async () => {
    await service.create('cycle');
    await assertRefused(
      service.client.send(new StartPipeCommand({ Name: 'cycle' })),
      'ConflictException',
      /is running already/,
      409,
    );
    assert.equal((await service.client.send(new StopPipeCommand({ Name: 'cycle' }))).CurrentState, 'STOPPING');
    await service.settled();
    assert.equal((await look('cycle')).CurrentState, 'STOPPED');
    assert.equal((await service.client.send(new StartPipeCommand({ Name: 'cycle' }))).CurrentState, 'STARTING');
    await service.settled();
    const deleted = await service.client.send(new DeletePipeCommand({ Name: 'cycle' }));
    assert.deepEqual([deleted.CurrentState, deleted.DesiredState], ['DELETING', 'DELETED']);
    await service.settled();
    await assertRefused(look('cycle'), 'NotFoundException', /does not exist/, 404);
  });

  it('between two states it takes no orders', async () => {
    service.pause(true);
    await service.create('busy');
    await assertRefused(update('busy', {}), 'ConflictException', /is in the state CREATING/, 409);
    service.pause(false);
    for await (const { record, revision } of service.pipes.all(SCOPE)) await service.pipes.settle(SCOPE, record.name, revision);
    await update('busy', { Description: 'done' });
  });

  it('says what went wrong last', async () => {
    await service.create('troubled');
    service.problems.set('troubled', 'The queue does not exist.');
    assert.equal((await look('troubled')).StateReason, 'The queue does not exist.');
  });

  it('lists pages, by name, state, source and target', async () => {
    for (const name of ['list-a', 'list-b', 'list-c']) await service.create(name);
    await service.create('list-d', { DesiredState: 'STOPPED', Source: at('sqs', 'other'), Target: at('sns', 'news') });
    const names = async (query: object) =>
      ((await service.client.send(new ListPipesCommand({ NamePrefix: 'list-', ...query }))).Pipes ?? []).map(({ Name }) => Name);
    assert.deepEqual(await names({}), ['list-a', 'list-b', 'list-c', 'list-d']);
    assert.deepEqual(await names({ DesiredState: 'STOPPED' }), ['list-d']);
    assert.deepEqual(await names({ CurrentState: 'RUNNING', SourcePrefix: at('sqs', 'source') }), ['list-a', 'list-b', 'list-c']);
    assert.deepEqual(await names({ TargetPrefix: at('sns', '') }), ['list-d']);
    const first = await service.client.send(new ListPipesCommand({ NamePrefix: 'list-', Limit: 3 }));
    assert.equal(first.Pipes?.length, 3);
    assert.deepEqual(await names({ Limit: 3, NextToken: first.NextToken }), ['list-d']);
    await assertRefused(names({ NextToken: 'nonsense' }), 'ValidationException', /NextToken/, 400);
  });

  it('carries tags', async () => {
    await service.create('tagged', { Tags: { team: 'shop' } });
    const resourceArn = at('pipes', 'pipe/tagged');
    await service.client.send(new TagResourceCommand({ resourceArn, tags: { stage: 'test' } }));
    await service.client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['team'] }));
    assert.deepEqual((await service.client.send(new ListTagsForResourceCommand({ resourceArn }))).tags, { stage: 'test' });
    assert.deepEqual((await look('tagged')).Tags, { stage: 'test' });
    const missing = service.client.send(new ListTagsForResourceCommand({ resourceArn: at('pipes', 'pipe/none') }));
    await assertRefused(missing, 'NotFoundException', /does not exist/, 404);
  });
});
