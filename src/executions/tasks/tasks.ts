// Carries tasks out: each kind of resource by its own way. https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
// Owns: nothing but what is under way outside.
// I1: whatever goes wrong outside is the task's failure; only a bug rejects.

import assert from 'node:assert/strict';
import type { TaskResource } from '#workflows';
import { failed } from './task-failure.ts';
import { FunctionTasks } from './function-task.ts';
import type { FunctionTaskParts } from './function-task.ts';
import { HttpTasks } from './http/http-task.ts';
import type { HttpTaskParts } from './http/http-task.ts';
import type { InspectedHttp } from './inspected-http.ts';
import { INTEGRATIONS, OWN_INTEGRATIONS } from './integrations.ts';
import { runNestedTask } from './nested-task.ts';
import type { OperationPort } from './operation-port.ts';
import { runOptimisedTask, runSdkTask } from './service-task.ts';
import type { StartedTask, TaskEnd, TaskPort } from './task-port.ts';

export interface TasksParts extends FunctionTaskParts, HttpTaskParts {
  readonly operations: OperationPort;
}

export interface Tasks extends TaskPort {
  /** For TestState: the task's end, and for an HTTP task what was sent and answered. Without `revealSecrets`, nothing that a connection added. */
  test(
    task: StartedTask,
    options: { readonly revealSecrets: boolean },
  ): Promise<{ readonly end: TaskEnd; readonly http: InspectedHttp | undefined }>;
  /** Why a definition cannot name that resource; undefined where it can, whether or not there is such a function or such an operation is served. */
  refusalOf(resource: TaskResource): string | undefined;
}

export function createTasks(parts: TasksParts): Tasks {
  const functions = new FunctionTasks(parts);
  const http = new HttpTasks(parts);
  const run = (task: StartedTask): Promise<TaskEnd> => {
    const { resource } = task.command;
    assert(resource.kind !== 'activity', 'activities wait in the journal’s queue for their workers');
    if (resource.kind === 'function') return functions.runFunction(task, resource.arn);
    const refusal = refusalOf(parts, resource);
    if (refusal !== undefined) return Promise.resolve(failed('States.Runtime', refusal));
    if (resource.sdk) return runSdkTask(parts, task, resource);
    if (resource.service === 'lambda') return functions.runInvoke(task);
    if (resource.service === 'http') return http.run(task);
    if (resource.service === 'states') return runNestedTask(parts, task, resource);
    const integration = INTEGRATIONS[resource.service];
    assert(integration !== undefined);
    return runOptimisedTask(parts, task, resource, integration);
  };
  return {
    run,
    async test(task, options) {
      const { resource } = task.command;
      const isHttp = resource.kind === 'service' && !resource.sdk && resource.service === 'http';
      return isHttp ? http.test(task, options) : { end: await run(task), http: undefined };
    },
    refusalOf: (resource) => refusalOf(parts, resource),
  };
}

function refusalOf({ operations }: TasksParts, resource: TaskResource): string | undefined {
  if (resource.kind !== 'service') return undefined;
  const { service, action, pattern, sdk } = resource;
  if (sdk) {
    if (pattern === 'sync' || pattern === 'sync2') return `The resource ${resource.arn} cannot be waited for with .sync.`;
    return operations.refusalOf(service, action);
  }
  const own = (
    Object.hasOwn(INTEGRATIONS, service) ? INTEGRATIONS[service]?.actions[action]?.patterns : OWN_INTEGRATIONS[service]?.[action]
  )?.includes(pattern);
  return own === true
    ? undefined
    : `The resource ${resource.arn} is not served. docs/guides/workflow-tasks.md lists those that are.`;
}
