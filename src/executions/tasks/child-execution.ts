// `states:startExecution.sync`: what the end of a child execution is for the task that waits for it.
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html

import type { Json, JsonObject, TaskResource } from '#workflows';
import type { ExecutionDescription } from '../running/execution-requests.ts';
import type { TaskEnd } from './task-port.ts';

type ChildEnd = Extract<TaskEnd, { kind: 'succeeded' | 'failed' }>;

/** Of a child that is not running any more. `.sync` brings its data as texts, `.sync:2` as JSON. */
export function endOfChild(resource: TaskResource, child: ExecutionDescription): ChildEnd {
  const isParsed = resource.kind === 'service' && resource.pattern === 'sync2';
  const described = descriptionOf(child, isParsed);
  if (child.status === 'SUCCEEDED') return { kind: 'succeeded', output: described };
  return { kind: 'failed', error: 'States.TaskFailed', cause: JSON.stringify(described) };
}

/** Members in the order of the alphabet and times in milliseconds, as Step Functions writes them. */
function descriptionOf(child: ExecutionDescription, isParsed: boolean): JsonObject {
  const data = (text: string): Json => (isParsed ? (JSON.parse(text) as Json) : text);
  return {
    ...(child.cause === undefined ? {} : { Cause: child.cause }),
    ...(child.error === undefined ? {} : { Error: child.error }),
    ExecutionArn: child.executionArn,
    Input: data(child.input),
    InputDetails: { Included: true },
    Name: child.name,
    ...(child.output === undefined ? {} : { Output: data(child.output), OutputDetails: { Included: true } }),
    StartDate: child.startedAtMs,
    StateMachineArn: child.stateMachineArn,
    Status: child.status,
    ...(child.stoppedAtMs === undefined ? {} : { StopDate: child.stoppedAtMs }),
  };
}
