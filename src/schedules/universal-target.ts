// Universal targets: an API operation by name, with its request as the input.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html

import type { Scope } from '#kernel';
import type { MessageAttributes, Target } from '#outbox';
import { ATTEMPT_NUMBER, withContext, type Occurrence } from './context-attributes.ts';
import { objectOf, onlyMembers, parseRequest, required, text, type Request } from './request-members.ts';
import { invalid } from './schedule-answers.ts';
import type { ScheduleTarget } from './schedule-target.ts';

export const UNIVERSAL_ARN = /^arn:aws:scheduler:::aws-sdk:/;

/** What one call comes to: a payload for a target of the outbox. */
export interface UniversalCall {
  readonly target: Target;
  readonly payload: string;
  /** A message may be asked to wait. */
  readonly delaySeconds: number;
}

/** The operations that are served, as AWS names them, and how a request becomes calls. */
const OPERATIONS: Readonly<Record<string, (request: Request, at: CallContext) => readonly UniversalCall[]>> = {
  'lambda:invoke': (request, { scope }) => [invoke(request, scope)],
  'sqs:sendMessage': (request, { scope }) => [sendMessage(request, scope)],
  'sns:publish': (request, { scope }) => [publish(request, scope)],
  'eventbridge:putEvents': putEvents,
  'sfn:startExecution': (request, { scope }) => [startExecution(request, scope)],
};

/** Of the form that they will have: a time may stand where only a time may. */
const SOME_OCCURRENCE: Occurrence = {
  scheduleArn: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/some',
  scheduledMs: 0,
  executionId: '00000000-0000-4000-8000-000000000000',
};

export function checkUniversalInput(target: ScheduleTarget, scope: Scope): void {
  universalCalls(target.arn, withContext(target.input ?? '{}', SOME_OCCURRENCE), { scope, nowMs: 0 });
}

export interface CallContext {
  readonly scope: Scope;
  /** For events that say no time of their own. */
  readonly nowMs: number;
}

/** `input` with its context attributes filled in. */
export function universalCalls(arn: string, input: string, at: CallContext): readonly UniversalCall[] {
  const operation = arn.replace(UNIVERSAL_ARN, '');
  const calls = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  if (calls === undefined)
    throw invalid(`The target ${arn} is not served here. Universal targets are ${Object.keys(OPERATIONS).join(', ')}.`);
  return calls(parseRequest(input), at);
}

function invoke(request: Request, scope: Scope): UniversalCall {
  onlyMembers(request, ['FunctionName', 'InvocationType', 'Payload', 'Qualifier']);
  const type = text(request, 'InvocationType') ?? 'Event';
  if (type !== 'Event' && type !== 'RequestResponse') throw invalid(`InvocationType ${type} makes no sense on a schedule.`);
  const payload = request['Payload'];
  return {
    target: { kind: 'function', arn: functionArn(required(request, 'FunctionName'), text(request, 'Qualifier'), scope) },
    // AWS takes the payload as text, and people write it as JSON.
    payload: payload === undefined ? '{}' : typeof payload === 'string' ? payload : JSON.stringify(payload),
    delaySeconds: 0,
  };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-FunctionName */
function functionArn(name: string, qualifier: string | undefined, { account, region }: Scope): string {
  const shape = /^(?:(?:arn:aws:lambda:([^:]+):)?(\d{12}):function:|function:)?([\w-]{1,64})(?::([\w$-]{1,128}))?$/;
  const [, itsRegion = region, itsAccount = account, short, own] = shape.exec(name) ?? [];
  if (short === undefined || itsRegion !== region || itsAccount !== account)
    throw invalid(`FunctionName ${name} is no function of account ${account} and region ${region}.`);
  const version = qualifier ?? own;
  return `arn:aws:lambda:${region}:${account}:function:${short}${version === undefined ? '' : `:${version}`}`;
}

function sendMessage(request: Request, scope: Scope): UniversalCall {
  onlyMembers(request, [
    'QueueUrl',
    'MessageBody',
    'DelaySeconds',
    'MessageAttributes',
    'MessageGroupId',
    'MessageDeduplicationId',
  ]);
  const url = required(request, 'QueueUrl');
  const [, account, name] = /\/(\d{12})\/([\w-]{1,80}(?:\.fifo)?)$/.exec(url) ?? [];
  if (account !== scope.account || name === undefined) throw invalid(`QueueUrl ${url} is no queue of account ${scope.account}.`);
  const delaySeconds = Number(request['DelaySeconds'] ?? 0);
  if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > 900)
    throw invalid('DelaySeconds must be from 0 to 900.');
  return {
    target: {
      kind: 'queue',
      arn: `arn:aws:sqs:${scope.region}:${account}:${name}`,
      ...messageOptions(request, name.endsWith('.fifo')),
    },
    payload: required(request, 'MessageBody'),
    delaySeconds,
  };
}

function publish(request: Request, scope: Scope): UniversalCall {
  onlyMembers(request, [
    'TopicArn',
    'TargetArn',
    'Message',
    'Subject',
    'MessageAttributes',
    'MessageGroupId',
    'MessageDeduplicationId',
  ]);
  const arn = text(request, 'TopicArn') ?? required(request, 'TargetArn');
  const place = `arn:aws:sns:${scope.region}:${scope.account}:`;
  if (!arn.startsWith(place)) throw invalid(`TopicArn ${arn} is no topic of account ${scope.account} and region ${scope.region}.`);
  const subject = text(request, 'Subject');
  return {
    target: {
      kind: 'topic',
      arn,
      ...messageOptions(request, arn.endsWith('.fifo')),
      ...(subject === undefined ? {} : { subject }),
    },
    payload: required(request, 'Message'),
    delaySeconds: 0,
  };
}

function messageOptions(request: Request, isFifo: boolean) {
  const groupId = text(request, 'MessageGroupId');
  const deduplicationId = text(request, 'MessageDeduplicationId');
  if (isFifo && groupId === undefined) throw invalid('MessageGroupId is required for FIFO targets.');
  const attributes = messageAttributes(request['MessageAttributes']);
  return {
    ...(groupId === undefined ? {} : { groupId }),
    ...(deduplicationId === undefined ? {} : { deduplicationId }),
    ...(attributes === undefined ? {} : { attributes }),
  };
}

function messageAttributes(given: unknown): MessageAttributes | undefined {
  if (given === undefined) return undefined;
  const attributes = Object.entries(objectOf(given, 'MessageAttributes')).map(([name, attribute]) => {
    const member = objectOf(attribute, `MessageAttributes.${name}`);
    const value = text(member, 'StringValue') ?? text(member, 'BinaryValue');
    if (value === undefined) throw invalid(`MessageAttributes.${name} must have a StringValue or a BinaryValue.`);
    return [name, { type: required(member, 'DataType'), value }] as const;
  });
  return Object.fromEntries(attributes);
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
function startExecution(request: Request, scope: Scope): UniversalCall {
  onlyMembers(request, ['StateMachineArn', 'Name', 'Input']);
  const arn = required(request, 'StateMachineArn');
  const place = `arn:aws:states:${scope.region}:${scope.account}:stateMachine:`;
  if (!arn.startsWith(place))
    throw invalid(`StateMachineArn ${arn} is no state machine of account ${scope.account} and region ${scope.region}.`);
  const name = text(request, 'Name');
  // As text on AWS, where people write JSON as well: as with functions.
  const input = request['Input'];
  return {
    target: { kind: 'stateMachine', arn, ...(name === undefined ? {} : { name }) },
    payload: input === undefined ? '{}' : typeof input === 'string' ? input : JSON.stringify(input),
    delaySeconds: 0,
  };
}

/** PutEvents takes up to ten; each is an event of its own from here on. */
function putEvents(request: Request, at: CallContext): readonly UniversalCall[] {
  onlyMembers(request, ['Entries']);
  const entries = request['Entries'];
  if (!Array.isArray(entries) || entries.length < 1 || entries.length > 10) throw invalid('Entries must have 1 to 10 entries.');
  return entries.map((entry: unknown) => eventOf(objectOf(entry, 'Entries'), at));
}

function eventOf(entry: Request, { scope, nowMs }: CallContext): UniversalCall {
  onlyMembers(entry, ['Detail', 'DetailType', 'EventBusName', 'Resources', 'Source', 'Time']);
  const bus = text(entry, 'EventBusName') ?? 'default';
  const place = `arn:aws:events:${scope.region}:${scope.account}:event-bus/`;
  if (bus.startsWith('arn:') && !bus.startsWith(place))
    throw invalid(`EventBusName ${bus} is no bus of account ${scope.account} and region ${scope.region}.`);
  const resources = entry['Resources'] ?? [];
  if (!Array.isArray(resources) || resources.some((resource) => typeof resource !== 'string'))
    throw invalid('Resources must be a list of strings.');
  return {
    target: {
      kind: 'bus',
      arn: bus.startsWith('arn:') ? bus : place + bus,
      source: required(entry, 'Source'),
      detailType: required(entry, 'DetailType'),
      resources: resources as readonly string[],
      timeMs: timeOf(entry['Time']) ?? nowMs,
    },
    payload: detailOf(required(entry, 'Detail')),
    delaySeconds: 0,
  };
}

function timeOf(time: unknown): number | undefined {
  if (time === undefined) return undefined;
  // Seconds, as the JSON protocol has them, or a date as people write it.
  const atMs = typeof time === 'number' ? time * 1000 : Date.parse(typeof time === 'string' ? time : '');
  if (!Number.isFinite(atMs)) throw invalid('Time is no time.');
  return atMs;
}

function detailOf(detail: string): string {
  try {
    objectOf(JSON.parse(detail.replaceAll(ATTEMPT_NUMBER, '1')), 'Detail');
  } catch (cause) {
    throw invalid('Detail is malformed: it must be a JSON object as text.', cause);
  }
  return detail;
}
