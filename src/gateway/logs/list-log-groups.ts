// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListLogGroups.html

import { LIMITS } from '#kernel';
import { groupArn, type LogGroup } from '#logs';
import { findsNothing, refuse, type LogsHandler } from './operation.ts';

export const listLogGroups: LogsHandler<'ListLogGroups'> =
  ({ logs }) =>
  async (input, { scope }) => {
    if (input.dataSources !== undefined) throw refuse('dataSources', 'log groups are not searched by data source here.');
    if (input.fieldIndexNames !== undefined) throw refuse('fieldIndexNames', 'there are no field indexes here.');
    if (input.logGroupTags !== undefined) throw refuse('logGroupTags', 'log groups are not searched by tag here.');
    if (findsNothing(scope, input)) return { logGroups: [] };
    const { logGroupNamePattern: pattern, nextToken: token } = input;
    const { groups, nextToken } = await logs.groups.list({
      scope,
      limit: input.limit ?? LIMITS.logGroupsPerPage,
      ...(pattern === undefined ? {} : { matches: namePattern(pattern) }),
      ...(token === undefined ? {} : { token }),
    });
    const logGroups = groups.map(({ name }: LogGroup) => ({
      logGroupName: name,
      logGroupArn: groupArn(scope, name),
      logGroupClass: 'STANDARD' as const,
    }));
    return { logGroups, ...(nextToken === undefined ? {} : { nextToken }) };
  };

/** `^/aws/lambda|discovery`: up to five parts of names, a caret before those that begin one. */
function namePattern(pattern: string): (name: string) => boolean {
  const parts = pattern.split('|');
  return (name) => parts.some((part) => (part.startsWith('^') ? name.startsWith(part.slice(1)) : name.includes(part)));
}
