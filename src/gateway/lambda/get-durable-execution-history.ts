// https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionHistory.html

import { LIMITS } from '#kernel';
import { namedExecution, pageSize } from './durable-access.ts';
import type { DurableHandler } from './durable-access.ts';

export const getDurableExecutionHistory: DurableHandler<'GetDurableExecutionHistory'> =
  ({ durable }) =>
  async (input, context) => {
    const { events, nextMarker } = await durable.history(namedExecution(input.DurableExecutionArn, context), {
      includesData: input.IncludeExecutionData ?? true,
      marker: input.Marker,
      limit: pageSize(input.MaxItems, LIMITS.durablePageDefault),
      isReverse: input.ReverseOrder ?? false,
    });
    return { Events: [...events], NextMarker: nextMarker };
  };
