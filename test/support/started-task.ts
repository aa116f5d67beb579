// A task as the runner of executions would hand it over, for tests of whoever carries it out.

import assert from 'node:assert/strict';
import type { StartedTask } from '#executions';
import type { Json } from '#workflows';
import { parseTaskResource } from '../../src/workflows/definition/task-resource.ts';
import { SCOPE } from './invocable.ts';

const MACHINE = `arn:aws:states:${SCOPE.region}:${SCOPE.account}:stateMachine:machine`;

export function startedTask(
  resourceArn: string,
  input: Json,
  { signal = new AbortController().signal, taskId = 'root:3' }: { readonly signal?: AbortSignal; readonly taskId?: string } = {},
): StartedTask {
  const resource = parseTaskResource(resourceArn);
  assert(resource !== undefined, `${resourceArn} is no resource`);
  return {
    scope: SCOPE,
    facts: {
      arn: `arn:aws:states:${SCOPE.region}:${SCOPE.account}:execution:machine:one`,
      name: 'one',
      roleArn: `arn:aws:iam::${SCOPE.account}:role/machine`,
      machineArn: MACHINE,
      machineName: 'machine',
      executionType: 'STANDARD',
      region: SCOPE.region,
      accountId: SCOPE.account,
      partition: 'aws',
      startedMs: 0,
      input: {},
      redriveCount: 0,
      flowPath: '',
    },
    command: {
      kind: 'start-task',
      taskId,
      token: 'token',
      resource,
      input,
      credentials: undefined,
      timeoutSeconds: undefined,
      heartbeatSeconds: undefined,
    },
    signal,
  };
}
