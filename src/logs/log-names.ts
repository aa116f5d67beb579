// Names and ARNs of log groups and streams, parsed once at the door of the room.

import { LIMITS, type Scope } from '#kernel';
import { invalid, invalidMember, noSuchGroup } from './log-answers.ts';

const GROUP = /^[.\-_/#A-Za-z0-9]+$/;
const STREAM = /^[^:*]*$/;
const ARN = /^arn:aws[a-z-]*:logs:([a-z0-9-]*):(\d*):log-group:([^:]+)(:\*)?$/;

export function checkGroupName(name: string, member = 'logGroupName'): string {
  checkLength(name, member);
  if (!GROUP.test(name)) throw invalidMember(name, member, 'satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+');
  return name;
}

/** What is asked of a name that is given to a new group. */
export function checkNewGroupName(name: string): string {
  if (/^aws\//i.test(name)) throw invalid('Log groups starting with AWS/ are reserved for AWS.');
  return checkGroupName(name);
}

export function checkStreamName(name: string, member = 'logStreamName'): string {
  checkLength(name, member);
  // Half a surrogate pair cannot be written as UTF-8, and would come back as another name.
  if (!STREAM.test(name) || !name.isWellFormed()) throw invalidMember(name, member, 'satisfy regular expression pattern: [^:*]*');
  return name;
}

function checkLength(name: string, member: string): void {
  if (name === '') throw invalidMember(name, member, 'have length greater than or equal to 1');
  if (name.length > LIMITS.logNameLength) {
    throw invalid(`Invalid LogGroup or LogStream, both must have length less than or equal to ${LIMITS.logNameLength}.`);
  }
}

/** A group by its name or its ARN. An ARN of another account or region names nothing that is here. */
export function parseGroupIdentifier(scope: Scope, identifier: string, member = 'logGroupIdentifier'): string {
  if (!identifier.startsWith('arn:')) return checkGroupName(identifier, member);
  const [, region, account, name] = ARN.exec(identifier) ?? [];
  if (name === undefined) throw invalidMember(identifier, member, 'be the name or the ARN of a log group');
  if (region !== scope.region || account !== scope.account) throw noSuchGroup();
  return checkGroupName(name, member);
}

export function groupArn(scope: Scope, group: string): string {
  return `arn:aws:logs:${scope.region}:${scope.account}:log-group:${group}`;
}

export function streamArn(scope: Scope, group: string, stream: string): string {
  return `${groupArn(scope, group)}:log-stream:${stream}`;
}
