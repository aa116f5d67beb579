// State machines that take a batch of a pipe, or enrich it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, pipeBatchHouse, RECORDS } from '../../../test/support/pipe-batch-house.ts';
import type { ExecutionStart, SynchronousEnd } from '../courier/ports.ts';
import type { BatchOutcome } from '../polling/batch-outcome.ts';

const WELL = { kind: 'ran', failed: new Set(), isCrowded: false };
const MACHINE = at('states', 'stateMachine:checks');
const FIRE_AND_FORGET = { StepFunctionStateMachineParameters: { InvocationType: 'FIRE_AND_FORGET' } } as const;
const inputsOf = (executions: readonly ExecutionStart[]) => executions.map(({ input }) => JSON.parse(input) as unknown);

test('a state machine that is not waited for takes the batch as one array, and once, also when it comes again', async () => {
  const { batch, executions } = pipeBatchHouse({
    target: MACHINE,
    targetParameters: { ...FIRE_AND_FORGET, InputTemplate: '{"n": <$.body.n>}' },
  });
  assert.deepEqual(await batch.run(RECORDS), WELL);
  assert.deepEqual(await batch.run(RECORDS), WELL);
  assert.deepEqual(inputsOf(executions), [[{ n: 1 }, { n: 2 }]]);
  assert.match(executions[0]?.name ?? '', /^[0-9a-f-]{36}$/);
  assert.deepEqual(await batch.run(RECORDS.slice(1)), WELL);
  assert.equal(executions.length, 2, 'another batch is another execution');
});

test('a state machine that is not there leaves its messages where they are', async () => {
  const { batch } = pipeBatchHouse({ target: at('states', 'stateMachine:gone'), targetParameters: FIRE_AND_FORGET });
  assert.deepEqual(await batch.run(RECORDS), { kind: 'refused', problem: 'PROBLEM: There is no such machine.' });
});

test('input that no execution takes is the fault of its messages, which their queue counts', async () => {
  for (const targetParameters of [FIRE_AND_FORGET, null]) {
    const outcome = await pipeBatchHouse({ target: at('states', 'stateMachine:picky'), targetParameters }).batch.run(RECORDS);
    assert.deepEqual(outcome, { kind: 'failed', problem: 'PROBLEM: The input is too large.' });
  }
});

test('an express state machine is waited for: it fails as a whole, or names the records that failed', async () => {
  const run = (end: SynchronousEnd) => pipeBatchHouse({ target: MACHINE }, { machines: { checks: end } }).batch.run(RECORDS);
  assert.deepEqual(await run({ kind: 'succeeded', output: '{"any":"thing"}' }), WELL);
  const names = '{"batchItemFailures":[{"itemIdentifier":"b"}]}';
  assert.deepEqual(await run({ kind: 'succeeded', output: names }), { ...WELL, failed: new Set(['b']) });
  assert.match(
    problemOf(await run({ kind: 'succeeded', output: '{"batchItemFailures":[{"itemIdentifier":"c"}]}' })),
    /batchItemFailures/,
  );
  assert.equal(problemOf(await run({ kind: 'failed', why: 'It ended as FAILED.' })), 'PROBLEM: It ended as FAILED.');
});

test('a standard state machine cannot be waited for, and the pipe says what to set', async () => {
  const outcome = await pipeBatchHouse({ target: MACHINE }).batch.run(RECORDS);
  assert.equal(outcome.kind, 'refused');
  assert.match(problemOf(outcome), /InvocationType FIRE_AND_FORGET/);
});

test('an express state machine enriches: its output goes on, an empty one ends the batch', async () => {
  const run = async (end: SynchronousEnd) => {
    const { batch, texts } = pipeBatchHouse({ enrichment: MACHINE }, { machines: { checks: end } });
    return [await batch.run(RECORDS), texts()];
  };
  assert.deepEqual(await run({ kind: 'succeeded', output: '[{"a":1},{"a":2}]' }), [WELL, ['{"a":1}', '{"a":2}']]);
  assert.deepEqual(await run({ kind: 'succeeded', output: '{}' }), [WELL, []]);
  assert.deepEqual(await run({ kind: 'failed', why: 'No.' }), [{ kind: 'failed', problem: 'PROBLEM: No.' }, []]);
});

function problemOf(outcome: BatchOutcome): string {
  return 'problem' in outcome ? String(outcome.problem) : '';
}
