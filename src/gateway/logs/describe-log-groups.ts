// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html

import type { LogGroup as DescribedGroup } from '@aws-sdk/client-cloudwatch-logs';
import { LIMITS, type Scope } from '#kernel';
import { groupArn, parseGroupIdentifier, type LogGroup, type Logs } from '#logs';
import { findsNothing, invalidParameter, type LogsHandler } from './operation.ts';

export const describeLogGroups: LogsHandler<'DescribeLogGroups'> =
  ({ logs }) =>
  async (input, { scope }) => {
    const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern, logGroupIdentifiers: identifiers, nextToken: token } = input;
    if (prefix !== undefined && pattern !== undefined) {
      throw invalidParameter('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
    }
    if (identifiers !== undefined) {
      if (prefix !== undefined || pattern !== undefined)
        throw invalidParameter('logGroupIdentifiers cannot be combined with other filters.');
      return { logGroups: await describeNamed(logs, scope, identifiers) };
    }
    if (findsNothing(scope, input)) return { logGroups: [] };
    const { groups, nextToken } = await logs.groups.list({
      scope,
      limit: input.limit ?? LIMITS.logGroupsPerPage,
      ...(prefix === undefined ? {} : { prefix }),
      ...(pattern === undefined ? {} : { matches: (name: string) => name.includes(pattern) }),
      ...(token === undefined ? {} : { token }),
    });
    const logGroups = pattern === undefined ? await describeAll(logs, scope, groups) : groups.map((group) => summary(scope, group));
    return { logGroups, ...(nextToken === undefined ? {} : { nextToken }) };
  };

async function describeNamed(logs: Logs, scope: Scope, identifiers: readonly string[]): Promise<DescribedGroup[]> {
  const groups = await Promise.all(
    identifiers.map((identifier) => logs.groups.need(scope, parseGroupIdentifier(scope, identifier))),
  );
  return describeAll(logs, scope, groups);
}

function describeAll(logs: Logs, scope: Scope, groups: readonly LogGroup[]): Promise<DescribedGroup[]> {
  return Promise.all(
    groups.map(async (group) => ({
      ...summary(scope, group),
      storedBytes: await logs.groups.storedBytes(scope, group.name),
      deletionProtectionEnabled: group.isProtected,
      ...(group.retentionInDays === undefined ? {} : { retentionInDays: group.retentionInDays }),
    })),
  );
}

/** What a search by pattern answers of a group. */
function summary(scope: Scope, { name, createdAtMs }: LogGroup): DescribedGroup {
  const arn = groupArn(scope, name);
  return {
    logGroupName: name,
    creationTime: createdAtMs,
    metricFilterCount: 0,
    arn: `${arn}:*`,
    logGroupArn: arn,
    logGroupClass: 'STANDARD',
  };
}
