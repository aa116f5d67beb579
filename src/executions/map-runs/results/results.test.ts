// What map runs come to, in the output of the state and in real buckets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel';
import type { Json, JsonObject, Outcome } from '#workflows';
import { bucketsHouse, type BucketsHouse } from '../../../../test/support/buckets-house.ts';
import { mapRunArn, mapRunsHouse, scope, startOf } from '../../../../test/support/map-runs-house.ts';
import type { ChildRequest } from '../../running/execution-requests.ts';

const ID = mapRunArn.slice(mapRunArn.lastIndexOf(':') + 1);
const RESOURCE = 'arn:aws:states:::s3:putObject';

const echo = ({ input }: ChildRequest): Outcome => ({ status: 'SUCCEEDED', output: JSON.stringify(input) });
const broken: Outcome = { status: 'FAILED', error: 'Broken', cause: 'it broke' };

function writer(config: JsonObject = {}, parameters: Json = { Bucket: 'box', Prefix: 'results' }) {
  return { resource: RESOURCE, config, parameters };
}

type Files = { readonly [kind: string]: readonly { readonly Key: string; readonly Size: number }[] };

async function manifestOf(
  box: BucketsHouse,
): Promise<{ readonly DestinationBucket: string; readonly MapRunArn: string; readonly ResultFiles: Files }> {
  return JSON.parse(await box.text(`results/${ID}/manifest.json`));
}

test('a manifest names the files, which hold each child as it was, in the order of the items', async (t) => {
  const box = await bucketsHouse(t);
  const house = mapRunsHouse(t, box);
  house.children.answer = (child) => (child.input === 'b' ? broken : echo(child));
  const told = house.nextTold();
  await house.begin(startOf(['a', 'b', 'c'], { toleratedFailureCount: 1, resultWriter: writer() }));
  const key = `results/${ID}/manifest.json`;
  assert.deepEqual(await told, {
    kind: 'map-run-succeeded',
    mapRunId: mapRunArn,
    output: { MapRunArn: mapRunArn, ResultWriterDetails: { Bucket: 'box', Key: key } },
  });
  const manifest = await manifestOf(box);
  const succeededKey = `results/${ID}/SUCCEEDED_0.json`;
  const failedKey = `results/${ID}/FAILED_0.json`;
  const succeeded = await box.text(succeededKey);
  const failed = await box.text(failedKey);
  assert.deepEqual(manifest, {
    DestinationBucket: 'box',
    MapRunArn: mapRunArn,
    ResultFiles: {
      FAILED: [{ Key: failedKey, Size: failed.length }],
      PENDING: [],
      SUCCEEDED: [{ Key: succeededKey, Size: succeeded.length }],
    },
  });
  const date = new Date(house.clock.now()).toISOString();
  const records: readonly JsonObject[] = JSON.parse(succeeded);
  assert.deepEqual(
    records.map(({ Output }) => Output),
    ['"a"', '"c"'],
  );
  const { Name: name, ...first } = records[0] ?? {};
  assert(typeof name === 'string');
  assert.deepEqual(first, {
    ExecutionArn: `arn:aws:states:us-east-1:111111111111:execution:machine/each:${name}`,
    Input: '"a"',
    InputDetails: { Included: true },
    Output: '"a"',
    OutputDetails: { Included: true },
    RedriveCount: 0,
    RedriveStatus: 'NOT_REDRIVABLE',
    RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    StartDate: date,
    StateMachineArn: 'arn:aws:states:us-east-1:111111111111:stateMachine:machine/each',
    Status: 'SUCCEEDED',
    StopDate: date,
  });
  const [failure]: readonly JsonObject[] = JSON.parse(failed);
  assert.deepEqual(
    [failure?.['Error'], failure?.['Cause'], failure?.['Status'], failure?.['Input']],
    ['Broken', 'it broke', 'FAILED', '"b"'],
  );
  const { executionCounts, itemCounts } = await house.mapRuns.describe(scope, mapRunArn);
  assert.deepEqual([executionCounts.resultsWritten, itemCounts.resultsWritten], [3, 3]);
});

test('what never began is written as pending when the run fails', async (t) => {
  const box = await bucketsHouse(t);
  const house = mapRunsHouse(t, box);
  house.children.answer = () => broken;
  const told = house.nextTold();
  await house.begin(startOf(['a', 'b', 'c'], { maxConcurrency: 1, resultWriter: writer() }));
  assert.equal((await told).kind, 'map-run-failed');
  const { ResultFiles } = await manifestOf(box);
  const pending: readonly JsonObject[] = JSON.parse(await box.text(ResultFiles['PENDING']?.[0]?.Key ?? ''));
  assert.deepEqual(
    pending.map(({ Input, Status }) => [Input, Status]),
    [
      ['"b"', 'PENDING'],
      ['"c"', 'PENDING'],
    ],
  );
});

test('COMPACT writes outputs alone, FLATTEN the elements of those that are arrays; failures stay whole', async (t) => {
  for (const [config, name, expected] of [
    [{ Transformation: 'COMPACT' }, 'SUCCEEDED_0.json', '[[1,[2]],"x"]'],
    [{ Transformation: 'FLATTEN' }, 'SUCCEEDED_0.json', '[1,[2],"x"]'],
    [{ Transformation: 'FLATTEN', OutputType: 'JSONL' }, 'SUCCEEDED_0.jsonl', '1\n[2]\n"x"\n'],
  ] as const) {
    const box = await bucketsHouse(t);
    const house = mapRunsHouse(t, box);
    house.children.answer = (child) => (child.input === null ? broken : echo(child));
    const told = house.nextTold();
    await house.begin(startOf([[1, [2]], null, 'x'], { toleratedFailureCount: 1, resultWriter: writer(config) }));
    await told;
    assert.equal(await box.text(`results/${ID}/${name}`), expected);
    const failures = await box.text(`results/${ID}/${name.replace('SUCCEEDED', 'FAILED')}`);
    assert.match(failures, /"Error":"Broken"/);
  }
});

test('a writer without a bucket forms the output of the state', async (t) => {
  for (const [config, check] of [
    [{ Transformation: 'FLATTEN' }, (output: Json) => assert.deepEqual(output, [1, 2, 3])],
    [{ OutputType: 'JSONL' }, (output: Json) => assert.equal(output, '[1,2]\n3')],
    [
      { Transformation: 'NONE' },
      (output: Json) =>
        assert.deepEqual(
          (output as JsonObject[]).map(({ Output }) => Output),
          ['[1,2]', '3'],
        ),
    ],
  ] as const) {
    const box = await bucketsHouse(t);
    const house = mapRunsHouse(t, box);
    house.children.answer = echo;
    const told = house.nextTold();
    await house.begin(startOf([[1, 2], 3], { resultWriter: { resource: undefined, config, parameters: {} } }));
    const input = await told;
    assert(input.kind === 'map-run-succeeded');
    check(input.output);
  }
});

test('results that are more than a file may hold go on in the next', async (t) => {
  const box = await bucketsHouse(t);
  const house = mapRunsHouse(t, box);
  const output = JSON.stringify('x'.repeat(200_000));
  house.children.answer = () => ({ status: 'SUCCEEDED', output });
  const count = Math.ceil((LIMITS.mapResultFileBytes * 2.5) / output.length);
  const told = house.nextTold();
  const inputs = Array.from({ length: count }, (_, index) => index);
  await house.begin(startOf(inputs, { resultWriter: writer({ Transformation: 'COMPACT' }) }));
  await told;
  const files = (await manifestOf(box)).ResultFiles['SUCCEEDED'] ?? [];
  assert.deepEqual(
    files.map(({ Key }) => Key),
    [0, 1, 2].map((number) => `results/${ID}/SUCCEEDED_${number}.json`),
  );
  const lengths = await Promise.all(files.map(async ({ Key }) => JSON.parse(await box.text(Key)).length as number));
  assert.equal(
    lengths.reduce((sum, length) => sum + length, 0),
    count,
  );
});

test('a writer that cannot write fails the run before anything begins', async (t) => {
  for (const [resultWriter, cause] of [
    [writer({}, { Bucket: 'nowhere' }), /Error Code: NoSuchBucket/],
    [writer({}, { Prefix: 'x' }), /'Bucket' must be a STRING/],
    [writer({}, { Bucket: 'box', ACL: 'private' }), /'ACL' is not supported/],
    [{ ...writer(), resource: 'arn:aws:states:::s3:getObject' }, /cannot write results/],
  ] as const) {
    const box = await bucketsHouse(t);
    const house = mapRunsHouse(t, box);
    const told = house.nextTold();
    await house.begin(startOf([1], { resultWriter }));
    const input = await told;
    assert(input.kind === 'map-run-failed');
    assert.equal(input.error, 'States.ResultWriterFailed');
    assert.match(input.cause, cause);
    assert.equal(house.children.begun.size, 0);
  }
});

test('a bucket that has gone meanwhile fails the run', async (t) => {
  const box = await bucketsHouse(t);
  const house = mapRunsHouse(t, box);
  await box.buckets.createBucket({ scope, bucket: 'passing' });
  const told = house.nextTold();
  const asked = Promise.withResolvers<ChildRequest>();
  house.children.answer = (child) => {
    asked.resolve(child);
    return undefined;
  };
  await house.begin(startOf([1], { resultWriter: writer({}, { Bucket: 'passing' }) }));
  const child = await asked.promise;
  await box.buckets.removeBucket({ scope, bucket: 'passing' });
  house.children.succeed(child);
  const input = await told;
  assert(input.kind === 'map-run-failed');
  assert.equal(input.error, 'States.ResultWriterFailed');
  assert.equal((await house.mapRuns.describe(scope, mapRunArn)).status, 'FAILED');
});
