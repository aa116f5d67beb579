// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html

import { LIMITS } from '#kernel';
import { date, invalid, when, type SfnHandler } from './operation.ts';

export const listExecutions: SfnHandler<'ListExecutions'> =
  ({ executions }) =>
  async (input, { scope }) => {
    const { items, nextToken } = await executions.list({
      scope,
      of: ownerOf(input),
      status: input.statusFilter,
      redriveFilter: input.redriveFilter,
      // 0 asks for as many as by default.
      limit: input.maxResults || LIMITS.statesPageDefault,
      nextToken: input.nextToken,
    });
    return {
      executions: items.map((item) => ({
        executionArn: item.executionArn,
        stateMachineArn: item.stateMachineArn,
        name: item.name,
        status: item.status,
        startDate: new Date(item.startedAtMs),
        ...when('stopDate', date(item.stoppedAtMs)),
        ...when('mapRunArn', item.mapRunArn),
        ...when('itemCount', item.itemCount),
        ...when('stateMachineVersionArn', item.versionArn),
        ...when('stateMachineAliasArn', item.aliasArn),
        redriveCount: item.redriveCount,
        ...when('redriveDate', date(item.redrivenAtMs)),
      })),
      ...when('nextToken', nextToken),
    };
  };

function ownerOf({
  stateMachineArn,
  mapRunArn,
  statusFilter,
}: {
  readonly stateMachineArn?: string | undefined;
  readonly mapRunArn?: string | undefined;
  readonly statusFilter?: string | undefined;
}) {
  if (stateMachineArn !== undefined && mapRunArn === undefined) {
    if (statusFilter === 'PENDING_REDRIVE')
      throw invalid('PENDING_REDRIVE is a status of children of a Map Run: name its mapRunArn.');
    return { stateMachineArn };
  }
  if (mapRunArn !== undefined && stateMachineArn === undefined) return { mapRunArn };
  throw invalid('Must specify exactly one of StateMachineArn or MapRunArn.', 'MISSING_REQUIRED_PARAMETER');
}
