// TestState against what AWS answered.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '#kernel';
import { testState } from '#workflows';
import type { Json, TestStateHost, TestStateRequest } from '#workflows';
import { schemaOf } from '../../src/gateway/sfn/mock-schemas.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { casesAbsent, recordedCases, sameAsRecorded } from './recorded-cases.ts';
import type { RecordedCase } from './recorded-cases.ts';
import { answerOf } from './recorded-functions.ts';

test('TestState answers as on AWS', { skip: casesAbsent }, async (context) => {
  const cases = recordedCases().filter(({ kind }) => kind === 'testState');
  const wrong: string[] = [];
  for (const recorded of cases) {
    const answer = await answered(recorded);
    const words = new Set((recorded.normalize ?? []).map(({ to }) => to));
    if (!sameAsRecorded(expectedOf(recorded), answer, words))
      wrong.push(`${recorded.id}\n    ${JSON.stringify(answer).slice(0, 700)}`);
  }
  context.diagnostic(
    `testState: ${cases.length - wrong.length} of ${cases.length} (${((100 * (cases.length - wrong.length)) / cases.length).toFixed(1)} %)`,
  );
  for (const line of wrong) context.diagnostic(`  differs: ${line}`);
  assert(wrong.length <= cases.length * 0.05, wrong.join('\n'));
});

function expectedOf(recorded: RecordedCase): Json {
  const response = recorded.expectedResponse;
  return recorded.expectError === true ? (response as { readonly Error: Json }).Error : (response ?? null);
}

async function answered(recorded: RecordedCase): Promise<Json> {
  try {
    const answer = await testState(paramsOf(recorded), hostOf(recorded));
    return { ...answer };
  } catch (error) {
    if (error instanceof ApiError) return { Code: error.code, Message: error.message };
    throw error;
  }
}

/** Two of the cases kept the name of a Python function where the recording had its ARN. */
function paramsOf({ params }: RecordedCase): TestStateRequest {
  const text = JSON.stringify(params ?? {}).replaceAll(
    /\{\{localstack[^}]*\}\}/g,
    'arn:aws:states:us-east-1:111111111111:execution:TargetStateMachine:TestStartTarget',
  );
  return JSON.parse(text) as TestStateRequest;
}

function hostOf(recorded: RecordedCase): TestStateHost {
  return {
    nowMs: Date.UTC(2026, 10, 20, 16),
    random: seededRandom(1),
    facts: { accountId: '111111111111', region: 'us-east-1', partition: 'aws' },
    schemaOf,
    runTask: (command) => {
      const answer = answerOf(recorded.lambdaFunctions ?? [], command);
      const { taskId } = command;
      return Promise.resolve(
        answer.kind === 'output'
          ? { kind: 'task-succeeded', taskId, output: answer.output }
          : { kind: 'task-failed', taskId, error: answer.error, cause: answer.cause },
      );
    },
  };
}
