// `states:startExecution`: begins an execution of another state machine, and waits for its end, for a callback, or not at all.
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
// I1: begun again after a crash, the task finds the child that it began before: where nobody named it, its name follows from the task.

import { isObject } from '#workflows';
import type { Json, TaskResource } from '#workflows';
import { failed } from './task-failure.ts';
import { requestIdOf } from './function-task.ts';
import { INTEGRATIONS } from './integrations.ts';
import type { Integration } from './integrations.ts';
import { callOptimised, endOf } from './service-task.ts';
import type { Answered, Ended, ServiceTaskParts } from './service-task.ts';
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
  if (waitsForEnd && (await isExpress(parts, task, input['StateMachineArn']))) return failed('States.Runtime', EXPRESS);
  const isNamed = input['Name'] !== undefined && input['Name'] !== null;
  const name = requestIdOf(task);
  const parameters = isNamed ? input : { ...input, Name: name };
  const end = await callOptimised(parts, task, { action: resource.action, integration, parameters });
  const isOurs = end.kind === 'failed' && end.error === ALREADY_THERE && !isNamed;
  const child = isOurs ? await childOf(parts, task, integration, name) : end;
  return endOf(resource, child, waitsForEnd && child.kind === 'answered' ? arnIn(child) : undefined);
}

const EXPRESS =
  'An express state machine cannot be waited for with .sync: start it with aws-sdk:sfn:startSyncExecution, which answers with its end.';

function arnIn({ output }: Answered): string | undefined {
  const arn = output['ExecutionArn'];
  return typeof arn === 'string' ? arn : undefined;
}

/** One that is not there is none: StartExecution says what is wrong. Versions and aliases are of their machine's type. */
async function isExpress({ operations }: ServiceTaskParts, task: StartedTask, machineArn: Json | undefined): Promise<boolean> {
  const [, place, name] = partsOf(machineArn);
  if (name === undefined) return false;
  const { scope, signal } = task;
  const parameters = { StateMachineArn: `${place}:stateMachine:${name}` };
  const asked = { service: 'sfn', action: 'describeStateMachine', parameters, names: 'api', scope, signal } as const;
  const machine = await operations.call({ ...asked, requestId: requestIdOf(task) });
  return machine.kind === 'answered' && machine.output['Type'] === 'EXPRESS';
}

/** The child that this very task began, and that has ended since: as StartExecution answered then. */
async function childOf(parts: ServiceTaskParts, task: StartedTask, integration: Integration, name: string): Promise<Ended> {
  const machineArn = isObject(task.command.input) ? task.command.input['StateMachineArn'] : undefined;
  const [, place, machine] = partsOf(machineArn);
  const parameters = { ExecutionArn: `${place}:execution:${machine}:${name}` };
  const child = await callOptimised(parts, task, { action: 'describeExecution', integration, parameters });
  if (child.kind !== 'answered') return child;
  const { ExecutionArn = null, SdkHttpMetadata = null, SdkResponseMetadata = null, StartDate = null } = child.output;
  return { kind: 'answered', output: { ExecutionArn, SdkHttpMetadata, SdkResponseMetadata, StartDate } };
}

function partsOf(machineArn: Json | undefined): readonly (string | undefined)[] {
  return /^(arn:[^:]+:states:[^:]*:[^:]*):stateMachine:([^:]+)/.exec(typeof machineArn === 'string' ? machineArn : '') ?? [];
}
