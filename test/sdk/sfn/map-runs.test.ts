// Distributed maps: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html and the operations beside it

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  DescribeStateMachineForExecutionCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  RedriveExecutionCommand,
  StopExecutionCommand,
  UpdateMapRunCommand,
  type UpdateMapRunCommandInput,
} from '@aws-sdk/client-sfn';
import type { TaskEnd } from '#executions';
import { actor, contentOf, plain } from '../../support/buckets-house.ts';
import { SCOPE } from '../../support/logs-house.ts';
import { arnOf, definitionOf, openSfnService, refusalOf, type SfnService } from '../../support/sfn-service.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:work';
const GET = 'arn:aws:states:::s3:getObject';
const PASS = { Type: 'Pass', End: true };
const TASK = { Type: 'Task', Resource: FUNCTION, End: true };

/** Whose tasks wait until the test lets them end. */
const held: { readonly input: unknown; readonly end: (end: TaskEnd) => void }[] = [];
const failing = new Set<unknown>();
let holds = false;
let onHeld = Promise.withResolvers<void>();

let service: SfnService;
before(async () => {
  service = await openSfnService({
    carryOut: ({ command: { input }, signal }) => {
      if (failing.has(input)) return { kind: 'failed', error: 'Broken', cause: `no ${JSON.stringify(input)} today` };
      if (!holds) return { kind: 'succeeded', output: input };
      const { promise, resolve } = Promise.withResolvers<TaskEnd>();
      held.push({ input, end: resolve });
      signal.addEventListener('abort', () => resolve({ kind: 'interrupted' }));
      onHeld.resolve();
      onHeld = Promise.withResolvers();
      return promise;
    },
  });
  await service.buckets.createBucket({ scope: SCOPE, bucket: 'data' });
});
after(() => service.close());

function distributed(map: object, inner: object = PASS, executionType = 'STANDARD'): string {
  const ItemProcessor = {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: executionType },
    StartAt: 'Inner',
    States: { Inner: inner },
  };
  return definitionOf({ Each: { Type: 'Map', Label: 'each', ItemProcessor, End: true, ...map } });
}

async function put(key: string, content: string): Promise<void> {
  const request = {
    scope: SCOPE,
    bucket: 'data',
    key,
    content: contentOf(content),
    description: plain,
    condition: { kind: 'none' },
    actor,
  } as const;
  await service.buckets.putObject(request);
}

async function run(definition: string, input: unknown = {}) {
  const name = service.freshName();
  const executionArn = await service.start(await service.create({ name, definition }), {
    name: 'run',
    input: JSON.stringify(input),
  });
  const ended = await service.ended(executionArn);
  return { name, executionArn, ended, output: ended.output === undefined ? undefined : (JSON.parse(ended.output) as unknown) };
}

async function mapRunOf(executionArn: string) {
  const { mapRuns: [listed] = [] } = await service.client.send(new ListMapRunsCommand({ executionArn }));
  const { $metadata: _metadata, ...described } = await service.client.send(
    new DescribeMapRunCommand({ mapRunArn: listed?.mapRunArn }),
  );
  return { listed, described };
}

const update = (input: UpdateMapRunCommandInput) => service.client.send(new UpdateMapRunCommand(input));

/** Resolves when so many tasks wait. */
async function heldTasks(count: number): Promise<void> {
  while (held.length < count) await onHeld.promise;
}

describe('serialisation', () => {
  test('a run that has succeeded, and its children', async () => {
    const { name, executionArn, output } = await run(distributed({ MaxConcurrency: 7 }), ['a', 'b']);
    assert.deepEqual(output, ['a', 'b']);
    const { listed, described } = await mapRunOf(executionArn);
    const { startDate, stopDate, mapRunArn = '', ...rest } = described;
    assert.match(mapRunArn, new RegExp(`^${arnOf('mapRun', `${name}/each`)}:[0-9a-f-]{36}$`));
    assert.ok(startDate instanceof Date && stopDate instanceof Date);
    const counts = {
      pending: 0,
      running: 0,
      succeeded: 2,
      failed: 0,
      timedOut: 0,
      aborted: 0,
      total: 2,
      resultsWritten: 0,
      failuresNotRedrivable: 0,
      pendingRedrive: 0,
    };
    assert.deepEqual(rest, {
      executionArn,
      status: 'SUCCEEDED',
      maxConcurrency: 7,
      toleratedFailurePercentage: 0,
      toleratedFailureCount: 0,
      itemCounts: counts,
      executionCounts: counts,
      redriveCount: 0,
    });
    assert.deepEqual(listed, { executionArn, mapRunArn, stateMachineArn: arnOf('stateMachine', name), startDate, stopDate });
    const { executions = [] } = await service.client.send(new ListExecutionsCommand({ mapRunArn }));
    assert.equal(executions.length, 2);
    for (const child of executions) {
      assert.equal(child.executionArn, arnOf('execution', `${name}/each:${child.name}`));
      assert.equal(child.stateMachineArn, arnOf('stateMachine', `${name}/each`));
      assert.deepEqual([child.mapRunArn, child.itemCount, child.status], [mapRunArn, 1, 'SUCCEEDED']);
    }
  });

  test('a child is an execution like any other', async () => {
    const { executionArn } = await run(distributed({ ItemSelector: { 'it.$': '$$.Map.Item' } }), ['a']);
    const { described } = await mapRunOf(executionArn);
    const { executions: [child] = [] } = await service.client.send(new ListExecutionsCommand({ mapRunArn: described.mapRunArn }));
    const found = await service.client.send(new DescribeExecutionCommand({ executionArn: child?.executionArn }));
    assert.equal(found.mapRunArn, described.mapRunArn);
    assert.deepEqual(JSON.parse(found.input ?? ''), { it: { Index: 0, Value: 'a', Source: 'STATE_DATA' } });
    const events = await service.history(child?.executionArn ?? '');
    assert.deepEqual(
      events.map(({ type }) => type),
      ['ExecutionStarted', 'PassStateEntered', 'PassStateExited', 'ExecutionSucceeded'],
    );
    const machine = await service.client.send(new DescribeStateMachineForExecutionCommand({ executionArn: child?.executionArn }));
    assert.deepEqual([machine.mapRunArn, machine.label], [described.mapRunArn, 'each']);
  });
});

describe('validation', () => {
  test('what is no map run, and what is none of ours', async () => {
    const mapRunArn = `${arnOf('mapRun', 'none/each')}:00000000-0000-4000-8000-000000000000`;
    assert.deepEqual(await refusalOf(service.client.send(new DescribeMapRunCommand({ mapRunArn: 'nonsense' }))), {
      name: 'InvalidArn',
      message: "Invalid Arn: 'nonsense'",
      status: 400,
    });
    const asked = [
      () => service.client.send(new DescribeMapRunCommand({ mapRunArn })),
      () => update({ mapRunArn, maxConcurrency: 1 }),
    ];
    for (const ask of asked)
      assert.deepEqual(await refusalOf(ask()), {
        name: 'ResourceNotFound',
        message: `Map Run Does Not Exist: '${mapRunArn}'`,
        status: 400,
      });
    const executionArn = arnOf('execution', 'none:run');
    assert.equal((await refusalOf(service.client.send(new ListMapRunsCommand({ executionArn })))).name, 'ExecutionDoesNotExist');
  });

  test('numbers that cannot be, and a run that is over', async () => {
    const { executionArn } = await run(distributed({}), []);
    const { mapRunArn } = (await mapRunOf(executionArn)).described;
    assert.equal((await refusalOf(update({ mapRunArn, toleratedFailurePercentage: 101 }))).name, 'ValidationException');
    assert.equal((await refusalOf(update({ mapRunArn, maxConcurrency: -1 }))).name, 'ValidationException');
    assert.equal((await refusalOf(update({ mapRunArn, maxConcurrency: 1 }))).name, 'ValidationException');
  });
});

describe('behaviour', () => {
  test('ten thousand rows of CSV are counted, batched, and written to a bucket', async () => {
    const rows = Array.from({ length: 10_000 }, (_, id) => `${id},name ${id}`);
    await put('rows.csv', `id,name\n${rows.join('\n')}\n`);
    const { executionArn, ended, output } = await run(
      distributed({
        ItemReader: {
          Resource: GET,
          ReaderConfig: { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' },
          Parameters: { Bucket: 'data', Key: 'rows.csv' },
        },
        ItemSelector: { 'id.$': '$$.Map.Item.Value.id', 'from.$': '$$.Map.Item.Source' },
        ItemBatcher: { MaxItemsPerBatch: 100, BatchInput: { 'all.$': '$.word' } },
        ResultWriter: {
          Resource: 'arn:aws:states:::s3:putObject',
          Parameters: { Bucket: 'data', Prefix: 'out' },
          WriterConfig: { Transformation: 'COMPACT', OutputType: 'JSON' },
        },
      }),
      { word: 'yes' },
    );
    assert.equal(ended.status, 'SUCCEEDED', ended.cause);
    const { described } = await mapRunOf(executionArn);
    assert.deepEqual([described.itemCounts?.succeeded, described.executionCounts?.succeeded], [10_000, 100]);
    assert.equal(described.itemCounts?.resultsWritten, 10_000);
    const { Bucket, Key } = (output as { ResultWriterDetails: { Bucket: string; Key: string } }).ResultWriterDetails;
    assert.equal(Bucket, 'data');
    const manifest = JSON.parse(await textOf(Key)) as { ResultFiles: { SUCCEEDED: { Key: string }[] } };
    const batches = JSON.parse(await textOf(manifest.ResultFiles.SUCCEEDED[0]?.Key ?? '')) as Batch[];
    assert.deepEqual(
      batches.flatMap(({ Items }) => Items.map(({ id }) => Number(id))),
      rows.map((_, id) => id),
    );
    assert.deepEqual(batches[7]?.BatchInput, { all: 'yes' });
    assert.equal(batches[0]?.Items[0]?.from, 's3://data/rows.csv');
  });

  test('children of the express kind, and results of JSONata', async () => {
    const map = {
      QueryLanguage: 'JSONata',
      Items: '{% $states.input %}',
      ItemSelector: { n: '{% $states.context.Map.Item.Value * 2 %}' },
      Output: '{% $sum($states.result.n) %}',
    };
    const { output } = await run(distributed(map, { ...PASS, QueryLanguage: 'JSONata' }, 'EXPRESS'), [1, 2, 3]);
    assert.equal(output, 12);
  });

  test('what is not tolerated fails the state, and is caught', async () => {
    failing.add('bad');
    const map = { Catch: [{ ErrorEquals: ['States.ExceedToleratedFailureThreshold'], Next: 'Caught' }] };
    const definition = JSON.parse(distributed(map, TASK)) as { States: object };
    const { output, executionArn } = await run(
      JSON.stringify({ ...definition, States: { ...definition.States, Caught: { Type: 'Pass', End: true } } }),
      ['good', 'bad'],
    );
    const error = {
      Error: 'States.ExceedToleratedFailureThreshold',
      Cause: 'The specified tolerated failure threshold was exceeded',
    };
    assert.deepEqual(output, error);
    const types = (await service.history(executionArn)).map(({ type }) => type);
    assert.deepEqual(types.slice(1, 6), ['MapStateEntered', 'MapStateStarted', 'MapRunStarted', 'MapRunFailed', 'MapStateFailed']);
    const tolerated = await run(distributed({ ToleratedFailurePercentage: 50 }, TASK), ['good', 'bad']);
    assert.deepEqual(tolerated.output, ['good', { Status: 'FAILED', Error: 'Broken', Cause: 'no "bad" today' }]);
    failing.delete('bad');
  });

  test('a map run within the children of another', async () => {
    const processor = {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'Deep',
      States: { Deep: PASS },
    };
    const inner = { Type: 'Map', Label: 'inner', ItemProcessor: processor, End: true };
    const { output, executionArn, name } = await run(distributed({}, inner), [
      [1, 2],
      [3, 4, 5],
    ]);
    assert.deepEqual(output, [
      [1, 2],
      [3, 4, 5],
    ]);
    const outer = (await mapRunOf(executionArn)).described;
    const { executions = [] } = await service.client.send(new ListExecutionsCommand({ mapRunArn: outer.mapRunArn }));
    const runs = await Promise.all(executions.map((child) => mapRunOf(child.executionArn ?? '')));
    assert.deepEqual(new Set(runs.map(({ described }) => described.itemCounts?.succeeded)), new Set([2, 3]));
    for (const { described } of runs)
      assert.match(described.mapRunArn ?? '', new RegExp(`^${arnOf('mapRun', `${name}/each/inner`)}:[0-9a-f-]{36}$`));
  });

  test('an execution that times out takes its map run with it', async () => {
    holds = true;
    held.splice(0);
    const definition = JSON.parse(distributed({}, TASK)) as object;
    const machine = await service.create({ definition: JSON.stringify({ ...definition, TimeoutSeconds: 1 }) });
    const executionArn = await service.start(machine, { input: '[1,2]' });
    await heldTasks(2);
    const { mapRunArn } = (await mapRunOf(executionArn)).described;
    assert.equal((await service.ended(executionArn)).status, 'TIMED_OUT');
    const { executions = [] } = await service.client.send(new ListExecutionsCommand({ mapRunArn }));
    for (const child of executions) assert.equal((await service.ended(child.executionArn ?? '')).status, 'ABORTED');
    holds = false;
  });

  test('a reader that fails says why', async () => {
    const ItemReader = { Resource: GET, ReaderConfig: { InputType: 'JSON' }, Parameters: { Bucket: 'data', Key: 'none' } };
    const { ended } = await run(distributed({ ItemReader }));
    assert.equal(ended.error, 'States.ItemReaderFailed');
    assert.match(
      ended.cause ?? '',
      /^The specified key does not exist\. \(Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey;/,
    );
  });

  test('a run is updated while it goes on, and stopped with its execution', async () => {
    holds = true;
    held.splice(0);
    const machine = await service.create({ definition: distributed({ MaxConcurrency: 1 }, TASK) });
    const executionArn = await service.start(machine, { input: '[1,2,3,4]' });
    await heldTasks(1);
    const { described } = await mapRunOf(executionArn);
    assert.deepEqual([described.status, described.executionCounts?.running, described.executionCounts?.pending], ['RUNNING', 1, 3]);
    await update({ mapRunArn: described.mapRunArn, maxConcurrency: 3 });
    await heldTasks(3);
    await service.client.send(new StopExecutionCommand({ executionArn }));
    const { mapRunArn } = described;
    const children = await service.client.send(new ListExecutionsCommand({ mapRunArn }));
    for (const child of children.executions ?? []) assert.equal((await service.ended(child.executionArn ?? '')).status, 'ABORTED');
    holds = false;
  });

  test('an execution that is redriven goes on with the children that failed', async () => {
    failing.add('later');
    const { executionArn, ended } = await run(distributed({}, TASK), ['now', 'later']);
    assert.equal(ended.error, 'States.ExceedToleratedFailureThreshold');
    const { mapRunArn } = (await mapRunOf(executionArn)).described;
    failing.delete('later');
    await service.client.send(new RedriveExecutionCommand({ executionArn }));
    const redriven = await service.ended(executionArn);
    assert.deepEqual([redriven.status, redriven.output], ['SUCCEEDED', '["now","later"]']);
    const { described } = await mapRunOf(executionArn);
    assert.deepEqual([described.mapRunArn, described.redriveCount, described.executionCounts?.succeeded], [mapRunArn, 1, 2]);
    const { executions = [] } = await service.client.send(new ListExecutionsCommand({ mapRunArn }));
    assert.equal(executions.length, 2);
  });
});

type Batch = { readonly Items: readonly { readonly id: string; readonly from: string }[]; readonly BatchInput: unknown };

async function textOf(key: string): Promise<string> {
  const { content } = await service.buckets.readObject(SCOPE, 'data', key);
  return Buffer.concat(await content.toArray()).toString();
}
