// The end of a child execution, as the task that waits for it has it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startedTask } from '../../../test/support/started-task.ts';
import type { ExecutionDescription } from '../running/execution-requests.ts';
import { endOfChild } from './child-execution.ts';

const CHILD: ExecutionDescription = {
  executionArn: 'arn:execution',
  stateMachineArn: 'arn:machine',
  name: 'one',
  status: 'SUCCEEDED',
  startedAtMs: 1000,
  stoppedAtMs: 2000,
  input: '{"a":1}',
  output: '[1]',
  error: undefined,
  cause: undefined,
  traceHeader: undefined,
  mapRunArn: undefined,
  versionArn: undefined,
  aliasArn: undefined,
  redriveCount: 0,
  redrivenAtMs: undefined,
  redriveStatus: 'NOT_REDRIVABLE',
  redriveStatusReason: undefined,
};

const end = (suffix: string, child: Partial<ExecutionDescription>) => {
  const { resource } = startedTask(`arn:aws:states:::states:startExecution${suffix}`, {}).command;
  return endOfChild(resource, { ...CHILD, ...child });
};

test('.sync brings texts, .sync:2 what they say', () => {
  const shared = {
    ExecutionArn: 'arn:execution',
    InputDetails: { Included: true },
    Name: 'one',
    OutputDetails: { Included: true },
    StartDate: 1000,
    StateMachineArn: 'arn:machine',
    Status: 'SUCCEEDED',
    StopDate: 2000,
  };
  assert.deepEqual(end('.sync', {}), { kind: 'succeeded', output: { ...shared, Input: '{"a":1}', Output: '[1]' } });
  assert.deepEqual(end('.sync:2', {}), { kind: 'succeeded', output: { ...shared, Input: { a: 1 }, Output: [1] } });
});

test('a child that did not succeed fails its task with its description', () => {
  const failed = end('.sync:2', { status: 'FAILED', output: undefined, error: 'Custom', cause: 'because' });
  assert(failed.kind === 'failed');
  assert.equal(failed.error, 'States.TaskFailed');
  assert.deepEqual(JSON.parse(failed.cause), {
    Cause: 'because',
    Error: 'Custom',
    ExecutionArn: 'arn:execution',
    Input: { a: 1 },
    InputDetails: { Included: true },
    Name: 'one',
    StartDate: 1000,
    StateMachineArn: 'arn:machine',
    Status: 'FAILED',
    StopDate: 2000,
  });
  assert.equal(end('.sync', { status: 'ABORTED', output: undefined }).kind, 'failed');
});
