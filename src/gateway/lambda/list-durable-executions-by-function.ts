// https://docs.aws.amazon.com/lambda/latest/api/API_ListDurableExecutionsByFunction.html

import { LIMITS } from '#kernel';
import { targetOf } from '#registry';
import { pageSize } from './durable-access.ts';
import type { DurableHandler } from './durable-access.ts';

/** The newest first, unless they are asked for the other way round. */
export const listDurableExecutionsByFunction: DurableHandler<'ListDurableExecutionsByFunction'> =
  ({ durable, registry }) =>
  async (input, { scope }) => {
    const target = targetOf(scope, input.FunctionName, input.Qualifier);
    await registry.functions.get(scope, target);
    const { executions, nextMarker } = await durable.list(scope, {
      functionName: target.name,
      qualifier: target.qualifier,
      name: input.DurableExecutionName,
      statuses: input.Statuses,
      startedAfterMs: input.StartedAfter?.getTime(),
      startedBeforeMs: input.StartedBefore?.getTime(),
      isOldestFirst: input.ReverseOrder ?? false,
      marker: input.Marker,
      limit: pageSize(input.MaxItems, LIMITS.durablePageDefault),
    });
    return {
      DurableExecutions: executions.map(({ arn, name, functionArn, status, startedAtMs, endedAtMs }) => ({
        DurableExecutionArn: arn,
        DurableExecutionName: name,
        FunctionArn: functionArn,
        Status: status,
        StartTimestamp: new Date(startedAtMs),
        EndTimestamp: endedAtMs === undefined ? undefined : new Date(endedAtMs),
      })),
      NextMarker: nextMarker,
    };
  };
