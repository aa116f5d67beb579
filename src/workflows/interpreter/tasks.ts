// Tasks: what is asked of the runner, the events of each kind of resource, and their timeouts.

import type { TaskState } from '../definition/state.ts';
import type { TaskResource } from '../definition/task-resource.ts';
import { isObject } from '../expressions/json.ts';
import type { Json, JsonObject } from '../expressions/json.ts';
import { shownText } from '../expressions/payload-text.ts';
import type { Phase, Thread } from './execution.ts';
import { errorDetails, inputDetails, outputDetails } from './history.ts';
import type { Details } from './history.ts';
import type { Scope, Subject } from './scope.ts';
import type { Failure } from './state-failure.ts';
import type { Turn } from './turn.ts';

type TaskPhase = Extract<Phase, { kind: 'task' }>;

const TOKEN_BYTES = 48;

export async function startTask(turn: Turn, thread: Thread, state: TaskState): Promise<void> {
  const { resource } = state;
  const waits = resource.kind === 'activity' || (resource.kind === 'service' && resource.pattern === 'waitForTaskToken');
  const token = waits ? Buffer.from(turn.random.bytes(TOKEN_BYTES)).toString('base64url') : undefined;
  const scope = turn.scope(thread, token === undefined ? {} : { token });
  const { input } = turn.current(thread);
  const subject: Subject = { input };
  const document = scope.wholePath(state.inputPath, input);
  if (state.language === 'JSONPath') turn.observer?.saw('afterInputPath', document);
  const fields = state.language === 'JSONata' ? 'Arguments' : 'Parameters';
  const parameters = state.parameters === undefined ? document : await scope.template(state.parameters, fields, document, subject);
  turn.observer?.saw(state.language === 'JSONata' ? 'afterArguments' : 'afterParameters', parameters);
  const timeoutSeconds = await secondsOf(state.timeout, scope, document, subject);
  const heartbeatSeconds = await secondsOf(state.heartbeat, scope, document, subject);
  const credentials =
    state.credentials === undefined ? undefined : await scope.template(state.credentials, 'Credentials', document, subject);
  const role = isObject(credentials) ? credentials : undefined;

  const text = scope.payload(parameters);
  const scheduled = turn.note(
    thread,
    EVENTS[resource.kind].scheduled,
    scheduledDetails(turn, resource, text, { timeoutSeconds, heartbeatSeconds, credentials: role }),
  );
  const taskId = `${thread.id}:${scheduled}`;
  const timeoutTimerId = timeoutSeconds === undefined ? undefined : `${taskId}:timeout`;
  const heartbeatTimerId = heartbeatSeconds === undefined || !waitsForBeats(resource) ? undefined : `${taskId}:heartbeat:0`;
  turn.phase(thread, { kind: 'task', taskId, started: false, timeoutTimerId, heartbeatTimerId, heartbeatSeconds, heartbeats: 0 });
  turn.commands.push({
    kind: 'start-task',
    taskId,
    token: token ?? taskId,
    resource,
    input: parameters,
    credentials: role,
    timeoutSeconds,
    heartbeatSeconds,
  });
  startTimer(turn, timeoutTimerId, timeoutSeconds);
  startTimer(turn, heartbeatTimerId, heartbeatSeconds);
}

function waitsForBeats(resource: TaskResource): boolean {
  return resource.kind === 'activity' || (resource.kind === 'service' && resource.pattern === 'waitForTaskToken');
}

function startTimer(turn: Turn, timerId: string | undefined, seconds: number | undefined): void {
  if (timerId !== undefined && seconds !== undefined)
    turn.commands.push({ kind: 'start-timer', timerId, dueMs: turn.nowMs + seconds * 1000 });
}

async function secondsOf(
  setting: TaskState['timeout'],
  scope: Scope,
  document: Json,
  subject: Subject,
): Promise<number | undefined> {
  const value = await scope.setting(setting, document, subject, 'number');
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  if (setting.path !== undefined)
    throw scope.runtime(
      `The ${setting.field}Path parameter does not reference a positive integer: ${setting.path} == ${shown(value)}`,
    );
  throw scope.queryFailure(`The ${setting.field} field must be a positive integer but was: ${shown(value)}`, setting.field);
}

function shown(value: Json): string {
  return typeof value === 'string' ? value : shownText(value);
}

const EVENTS = {
  function: { scheduled: 'LambdaFunctionScheduled', prefix: 'LambdaFunction', member: 'lambdaFunction' },
  activity: { scheduled: 'ActivityScheduled', prefix: 'Activity', member: 'activity' },
  service: { scheduled: 'TaskScheduled', prefix: 'Task', member: 'task' },
} as const;

type Bounds = {
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
  readonly credentials: JsonObject | undefined;
};

function scheduledDetails(turn: Turn, resource: TaskResource, input: string, bounds: Bounds): Details {
  const role = bounds.credentials?.['RoleArn'];
  const others: JsonObject = {
    ...(bounds.timeoutSeconds === undefined ? {} : { timeoutInSeconds: bounds.timeoutSeconds }),
    ...(bounds.heartbeatSeconds === undefined || resource.kind === 'function'
      ? {}
      : { heartbeatInSeconds: bounds.heartbeatSeconds }),
    ...(role === undefined || resource.kind === 'activity' ? {} : { taskCredentials: { roleArn: role } }),
  };
  if (resource.kind !== 'service')
    return inputDetails(`${EVENTS[resource.kind].member}ScheduledEventDetails`, input, { resource: resource.arn, ...others });
  return {
    member: 'taskScheduledEventDetails',
    value: {
      resourceType: resource.resourceType,
      resource: resource.resource,
      region: turn.execution.facts.region,
      parameters: input,
      ...others,
    },
  };
}

/** What the events of a service's task say of it. */
function named(resource: TaskResource): JsonObject {
  return resource.kind === 'service' ? { resourceType: resource.resourceType, resource: resource.resource } : {};
}

export function noteStarted(turn: Turn, thread: Thread, phase: TaskPhase, resource: TaskResource, workerName?: string): void {
  if (phase.started) return;
  turn.phase(thread, { ...phase, started: true });
  const { prefix } = EVENTS[resource.kind];
  if (resource.kind === 'service') turn.note(thread, 'TaskStarted', { member: 'taskStartedEventDetails', value: named(resource) });
  else if (resource.kind === 'activity' && workerName !== undefined)
    turn.note(thread, 'ActivityStarted', { member: 'activityStartedEventDetails', value: { workerName } });
  else turn.note(thread, `${prefix}Started`);
}

export function noteSubmitted(turn: Turn, thread: Thread, resource: TaskResource, output: Json): void {
  turn.note(thread, 'TaskSubmitted', outputDetails('taskSubmittedEventDetails', shownText(output), named(resource)));
}

export function noteSucceeded(turn: Turn, thread: Thread, resource: TaskResource, output: string): void {
  const { prefix, member } = EVENTS[resource.kind];
  turn.note(thread, `${prefix}Succeeded`, outputDetails(`${member}SucceededEventDetails`, output, named(resource)));
}

const STAGES = { schedule: 'ScheduleFailed', start: 'StartFailed', submit: 'SubmitFailed' } as const;

export function noteFailed(
  turn: Turn,
  thread: Thread,
  resource: TaskResource,
  failure: Failure,
  stage?: keyof typeof STAGES,
): void {
  const { prefix, member } = EVENTS[resource.kind];
  const suffix = stage === undefined || (resource.kind === 'service' && stage === 'schedule') ? 'Failed' : STAGES[stage];
  turn.note(thread, `${prefix}${suffix}`, errorDetails(`${member}${suffix}EventDetails`, failure, named(resource)));
}

export function noteTimedOut(turn: Turn, thread: Thread, resource: TaskResource, failure: Failure): void {
  const { prefix, member } = EVENTS[resource.kind];
  turn.note(thread, `${prefix}TimedOut`, errorDetails(`${member}TimedOutEventDetails`, failure, named(resource)));
}

/** What a too large result's error names. */
export function resultOwner(resource: TaskResource): string {
  return resource.kind === 'service' ? resource.resourceType : resource.arn;
}

export function endTimers(turn: Turn, phase: TaskPhase): void {
  for (const timerId of [phase.timeoutTimerId, phase.heartbeatTimerId])
    if (timerId !== undefined) turn.commands.push({ kind: 'cancel-timer', timerId });
}

/** A heartbeat came: its time begins anew. */
export function beat(turn: Turn, thread: Thread, phase: TaskPhase): void {
  if (phase.heartbeatTimerId === undefined || phase.heartbeatSeconds === undefined) return;
  turn.commands.push({ kind: 'cancel-timer', timerId: phase.heartbeatTimerId });
  const heartbeats = phase.heartbeats + 1;
  const heartbeatTimerId = `${phase.taskId}:heartbeat:${heartbeats}`;
  turn.phase(thread, { ...phase, heartbeats, heartbeatTimerId });
  startTimer(turn, heartbeatTimerId, phase.heartbeatSeconds);
}
