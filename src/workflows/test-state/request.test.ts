// What TestState refuses of a request beside what was recorded: mocks and readings that the state cannot have.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import { testState } from './test-state.ts';
import type { TestStateRequest } from './request.ts';

const processor = {
  ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
  StartAt: 'Item',
  States: { Item: { Type: 'Pass', End: true } },
};
const Resource = 'arn:aws:states:::s3:putObject';

function map(over: object = {}): string {
  return JSON.stringify({ Type: 'Map', QueryLanguage: 'JSONata', ItemProcessor: processor, End: true, ...over });
}

const WRITTEN = map({ ResultWriter: { Resource, Arguments: { Bucket: 'b', Prefix: 'p' } } });
const SHAPED = map({ ResultWriter: { WriterConfig: { OutputType: 'JSON', Transformation: 'COMPACT' } } });
const READ = map({ ItemReader: { Resource: 'arn:aws:states:::s3:getObject', Arguments: { Bucket: 'b', Key: 'k' } } });
const PASS = JSON.stringify({ Type: 'Pass', QueryLanguage: 'JSONata', Output: '{% $own %}', End: true });

function tested(request: TestStateRequest): ReturnType<typeof testState> {
  return testState(
    { input: '[1]', ...request },
    {
      nowMs: Date.UTC(2026, 10, 20),
      random: seededRandom(1),
      facts: { accountId: '000000000000', region: 'us-east-1', partition: 'aws' },
      schemaOf: () => undefined,
      runTask: () => Promise.reject(new Error('nothing runs')),
    },
  );
}

test('a mocked result has the form of the state’s own', async () => {
  const refused = [
    [map(), '{"a":1}', 'Mocked result must be an array.'],
    [map(), '[1', 'Mocked result must be valid JSON.'],
    [SHAPED, '{"a":1}', 'Mocked result must be an array.'],
    [WRITTEN, '[1]', 'Mocked result must be a JSON object.'],
  ] as const;
  for (const [definition, result, message] of refused)
    await assert.rejects(tested({ definition, mock: { result } }), { code: 'ValidationException', message });
  for (const [definition, result] of [
    [map(), '[1]'],
    [SHAPED, '[1]'],
    [WRITTEN, '{"MapRunArn":"arn"}'],
  ] as const)
    assert.deepEqual(await tested({ definition, mock: { result } }), { status: 'SUCCEEDED', output: result });
});

test('items that were read are an array, and variables an object: nothing else is passed over', async () => {
  const reading = { definition: READ, mock: { result: '[1]' } };
  await assert.rejects(tested({ ...reading, stateConfiguration: { mapItemReaderData: '{"a":1}' } }), {
    message: 'mapItemReaderData must be a JSON array.',
  });
  assert.equal((await tested({ ...reading, stateConfiguration: { mapItemReaderData: '[1]' } })).status, 'SUCCEEDED');
  await assert.rejects(tested({ definition: PASS, variables: '[1]' }), { message: 'variables must be a JSON object.' });
  assert.deepEqual(await tested({ definition: PASS, variables: '{"own":1}' }), { status: 'SUCCEEDED', output: '1' });
});
