// https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionState.html

import { LIMITS } from '#kernel';
import { namedExecution, pageSize } from './durable-access.ts';
import type { DurableHandler } from './durable-access.ts';

export const getDurableExecutionState: DurableHandler<'GetDurableExecutionState'> =
  ({ durable }) =>
  async (input, context) => {
    const { CheckpointToken: token, Marker: marker, MaxItems } = input;
    const name = namedExecution(input.DurableExecutionArn, context);
    const limit = pageSize(MaxItems, LIMITS.durablePageDefault);
    const { operations, nextMarker } = await durable.state(name, { token, marker, limit });
    return { Operations: [...operations], NextMarker: nextMarker };
  };
