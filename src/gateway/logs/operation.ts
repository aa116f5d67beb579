// What every handler of CloudWatch Logs starts from.

import { parseGroupIdentifier, type Logs } from '#logs';
import { ApiError, type Scope } from '#kernel';
import type { SubscriberCheck } from '#sources';
import type { Handler, ServiceHandlers } from '../operation.ts';

type CloudWatchLogs = typeof import('@aws-sdk/client-cloudwatch-logs');

export type LogsHandlers = ServiceHandlers<CloudWatchLogs>;

export interface LogsRooms {
  readonly logs: Logs;
  /** Of a function that shall be told of a group's events. */
  readonly mayBeTold: SubscriberCheck;
}

/** One operation, given the rooms that it calls. */
export type LogsHandler<Name extends keyof LogsHandlers> = (rooms: LogsRooms) => Handler<CloudWatchLogs, Name>;

export interface NamesGroup {
  readonly logGroupName?: string | undefined;
  readonly logGroupIdentifier?: string | undefined;
}

/** The group that a request names, by its name or by an identifier that is a name or an ARN. */
export function groupOf(scope: Scope, { logGroupName, logGroupIdentifier }: NamesGroup): string {
  if (logGroupName !== undefined && logGroupIdentifier !== undefined) {
    throw new ApiError('ValidationException', 'LogGroup name and LogGroup ARN are mutually exclusive parameters.', { status: 400 });
  }
  if (logGroupName !== undefined) return parseGroupIdentifier(scope, logGroupName, 'logGroupName');
  if (logGroupIdentifier !== undefined) return parseGroupIdentifier(scope, logGroupIdentifier);
  throw invalidParameter('Name the log group with logGroupName or with logGroupIdentifier.');
}

export function invalidParameter(message: string): ApiError {
  return new ApiError('InvalidParameterException', message, { status: 400 });
}

/** Settings that CloudWatch Logs has and Mayfly has not, where leaving them unsaid would be a lie. */
export function refuse(member: string, what: string): ApiError {
  return invalidParameter(`${member}: ${what} Leave the parameter out.`);
}

/** What the answer of PutLogEvents and the description of a stream carried before AWS did away with it; nothing reads it. */
export const SEQUENCE_TOKEN = '49039859615832123456789012345678901234567890123456789012';

export interface GroupFilters {
  readonly logGroupClass?: string | undefined;
  readonly accountIdentifiers?: readonly string[] | undefined;
}

/** Every group is of the class STANDARD and of the account that is served; there are no linked ones. */
export function findsNothing(scope: Scope, { logGroupClass, accountIdentifiers = [] }: GroupFilters): boolean {
  const isOtherClass = logGroupClass !== undefined && logGroupClass !== 'STANDARD';
  return isOtherClass || (accountIdentifiers.length > 0 && !accountIdentifiers.includes(scope.account));
}
