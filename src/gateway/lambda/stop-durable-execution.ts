// https://docs.aws.amazon.com/lambda/latest/api/API_StopDurableExecution.html

import { namedExecution } from './durable-access.ts';
import type { DurableHandler } from './durable-access.ts';

/** One that has ended is left as it is; the answer says when that was. */
export const stopDurableExecution: DurableHandler<'StopDurableExecution'> =
  ({ durable }) =>
  async (input, context) => {
    const stoppedAtMs = await durable.stop(namedExecution(input.DurableExecutionArn, context), input.Error);
    return { StopTimestamp: new Date(stoppedAtMs) };
  };
