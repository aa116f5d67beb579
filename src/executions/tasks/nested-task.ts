// `states:startExecution`: begins an execution of another state machine, and waits for its end, for a callback, or not at all.
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
// I1: begun again after a crash, the task finds the child that it began before: where nobody named it, its name follows from the task.

import { isObject } from '#workflows';
import type { Json, JsonObject, TaskResource } from '#workflows';
import { failed } from './task-failure.ts';
import { requestIdOf } from './function-task.ts';
import { INTEGRATIONS } from './integrations.ts';
import { callOptimised, endOf } from './service-task.ts';
import type { Answered, ServiceTaskParts } from './service-task.ts';
import type { StartedTask, TaskEnd } from './task-port.ts';

const ALREADY_THERE = 'StepFunctions.ExecutionAlreadyExistsException';

export async function runNestedTask(
  parts: ServiceTaskParts,
  task: StartedTask,
  resource: Extract<TaskResource, { kind: 'service' }>,
): Promise<TaskEnd> {
  const integration = INTEGRATIONS['states'];
  const { input } = task.command;
  if (integration === undefined || !isObject(input)) return failed('States.Runtime', 'The parameters are no object.');
  const waitsForEnd = resource.pattern === 'sync' || resource.pattern === 'sync2';
  if (waitsForEnd && (await isExpress(parts, task, input))) return failed('States.Runtime', EXPRESS);
  const isNamed = input['Name'] !== undefined && input['Name'] !== null;
  const name = requestIdOf(task);
  const parameters = isNamed ? input : { ...input, Name: name };
  const end = await callOptimised(parts, task, { action: resource.action, integration, parameters });
  if (end.kind === 'failed' && end.error === ALREADY_THERE && !isNamed) {
    const found = await childOf(parts, task, input, name);
    if (found !== undefined) return endOf(resource, found, waitsForEnd ? arnIn(found) : undefined);
  }
  return endOf(resource, end, waitsForEnd && end.kind === 'answered' ? arnIn(end) : undefined);
}

const EXPRESS =
  'An express state machine cannot be waited for with .sync: start it with aws-sdk:sfn:startSyncExecution, which answers with its end.';

function arnIn({ output }: Answered): string | undefined {
  const arn = output['ExecutionArn'];
  return typeof arn === 'string' ? arn : undefined;
}

async function isExpress(parts: ServiceTaskParts, task: StartedTask, { StateMachineArn: arn }: JsonObject): Promise<boolean> {
  if (typeof arn !== 'string') return false;
  const machine = await ask(parts, task, 'describeStateMachine', { StateMachineArn: arn });
  return machine?.['Type'] === 'EXPRESS';
}

/** The child that this very task began, and that has ended since. */
async function childOf(
  parts: ServiceTaskParts,
  task: StartedTask,
  { StateMachineArn: machineArn }: JsonObject,
  name: string,
): Promise<Answered | undefined> {
  const [, place, machine] =
    /^(arn:[^:]+:states:[^:]*:[^:]*):stateMachine:([^:]+)/.exec(typeof machineArn === 'string' ? machineArn : '') ?? [];
  const child = await ask(parts, task, 'describeExecution', { ExecutionArn: `${place}:execution:${machine}:${name}` });
  if (child === undefined) return undefined;
  const { ExecutionArn = null, StartDate = null } = child;
  return { kind: 'answered', output: { ExecutionArn, StartDate } };
}

/** Undefined where it is not there: whoever asked goes on, and is told why by what it does next. */
async function ask(
  { operations }: ServiceTaskParts,
  task: StartedTask,
  action: string,
  parameters: Json,
): Promise<JsonObject | undefined> {
  const { scope, signal } = task;
  const requestId = requestIdOf(task);
  const end = await operations.call({ service: 'sfn', action, parameters, names: 'api', scope, requestId, signal });
  return end.kind === 'answered' ? end.output : undefined;
}
