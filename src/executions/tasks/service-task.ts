// Operations of services as tasks: the optimised integrations, and every operation through `aws-sdk:`. Both go by the operation port; what differs is
// how members and errors are called, and what Step Functions adds to requests and results.

import type { Clock } from '#kernel';
import { isArray, isObject } from '#workflows';
import type { Json, JsonObject, TaskResource } from '#workflows';
import { complainOfUnknown, failed, tooLarge, unfit } from './task-failure.ts';
import type { Failed } from './task-failure.ts';
import { requestIdOf } from './function-task.ts';
import type { Integration } from './integrations.ts';
import type { OperationPort } from './operation-port.ts';
import { sdkMetadata } from './sdk-metadata.ts';
import { optimisedError, sdkError } from './service-error.ts';
import type { StartedTask, TaskEnd } from './task-port.ts';

type ServiceResource = Extract<TaskResource, { kind: 'service' }>;
export type Answered = { readonly kind: 'answered'; readonly output: JsonObject };
export type Ended = Answered | Failed | { readonly kind: 'interrupted' };

export interface ServiceTaskParts {
  readonly clock: Clock;
  readonly operations: OperationPort;
}

/** Through `aws-sdk:`. */
export async function runSdkTask({ operations }: ServiceTaskParts, task: StartedTask, resource: ServiceResource): Promise<TaskEnd> {
  const { scope, signal, command } = task;
  const requestId = requestIdOf(task);
  const { service, action, resourceType } = resource;
  const end = await operations.call({ service, action, parameters: command.input, names: 'sdk', scope, requestId, signal });
  switch (end.kind) {
    case 'answered':
    case 'interrupted':
      return endOf(resource, end);
    case 'failed': {
      const { error, cause } = sdkError(end.error, requestId);
      return endOf(resource, unlessAborted(task, failed(error, cause)));
    }
    case 'unfit':
      return unfit(command.input, end.complaints);
    case 'too-large':
      return tooLarge(resourceType);
    case 'unknown':
      return failed('States.Runtime', end.reason);
    default:
      return end satisfies never;
  }
}

export async function runOptimisedTask(
  parts: ServiceTaskParts,
  task: StartedTask,
  resource: ServiceResource,
  integration: Integration,
): Promise<TaskEnd> {
  const { input } = task.command;
  const parameters = integration.sdkName === 'eventbridge' ? withSource(task, input) : input;
  const end = await callOptimised(parts, task, { action: resource.action, integration, parameters });
  if (end.kind === 'answered' && integration.sdkName === 'eventbridge' && hasFailedEntries(end.output))
    return endOf(resource, failed('EventBridge.FailedEntry', JSON.stringify(withoutMetadata(end.output))));
  return endOf(resource, end);
}

export type OptimisedCall = {
  readonly action: string;
  readonly integration: Integration;
  readonly parameters: Json;
};

export async function callOptimised(
  { clock, operations }: ServiceTaskParts,
  task: StartedTask,
  { action, integration, parameters }: OptimisedCall,
): Promise<Ended> {
  const complaints: string[] = [];
  const known = integration.actions[action]?.parameters;
  if (known !== undefined && isObject(parameters)) complainOfUnknown(parameters, known, complaints);
  if (complaints.length > 0) return unfit(task.command.input, complaints);
  const requestId = requestIdOf(task);
  const { scope, signal } = task;
  const service = integration.sdkName;
  const end = await operations.call({ service, action, parameters, names: 'api', scope, requestId, signal });
  switch (end.kind) {
    case 'answered': {
      const { contentType } = integration;
      const contentBytes = Buffer.byteLength(JSON.stringify(end.output));
      const metadata = sdkMetadata({ requestId, status: end.status, nowMs: clock.now(), contentType, contentBytes });
      return { kind: 'answered', output: inOrder({ ...end.output, ...metadata }) };
    }
    case 'interrupted':
      return end;
    case 'failed': {
      const { error, cause } = optimisedError(end.error, integration.client, requestId);
      return unlessAborted(task, failed(error, cause));
    }
    case 'unfit':
      return unfit(task.command.input, end.complaints);
    case 'too-large':
      return tooLarge(service);
    case 'unknown':
      return failed('States.Runtime', end.reason);
    default:
      return end satisfies never;
  }
}

/** Where the request alone is the task, it has succeeded; where more is waited for, it was submitted. */
export function endOf({ pattern }: ServiceResource, end: Ended, childArn?: string): TaskEnd {
  if (end.kind === 'interrupted') return end;
  const isWaiting = pattern !== 'requestResponse';
  if (end.kind === 'failed') return isWaiting && end.error !== 'States.Runtime' ? { ...end, stage: 'submit' } : end;
  if (!isWaiting) return { kind: 'succeeded', output: end.output };
  const waitsFor = childArn === undefined ? ({ kind: 'callback' } as const) : ({ kind: 'execution', arn: childArn } as const);
  return { kind: 'submitted', output: end.output, waitsFor };
}

/** What was cut off by the task's own end says nothing about the service. */
function unlessAborted({ signal }: StartedTask, end: Failed): Failed | { readonly kind: 'interrupted' } {
  return signal.aborted ? { kind: 'interrupted' } : end;
}

/** "The execution ARN and the state machine ARN are automatically appended to the Resources field of each PutEventsRequestEntry." */
function withSource({ facts }: StartedTask, parameters: Json): Json {
  const given = isObject(parameters) ? parameters['Entries'] : undefined;
  if (!isObject(parameters) || !isArray(given)) return parameters;
  const entries = given.map((entry) => {
    if (!isObject(entry)) return entry;
    const resources = entry['Resources'] ?? [];
    return isArray(resources) ? { ...entry, Resources: [...resources, facts.arn, facts.machineArn] } : entry;
  });
  return { ...parameters, Entries: entries };
}

function hasFailedEntries(output: JsonObject): boolean {
  const count = output['FailedEntryCount'];
  return typeof count === 'number' && count > 0;
}

function withoutMetadata({ SdkHttpMetadata: _http, SdkResponseMetadata: _response, ...output }: JsonObject): JsonObject {
  return output;
}

function inOrder(output: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(output).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
