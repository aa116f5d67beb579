// https://docs.aws.amazon.com/lambda/latest/api/API_CheckpointDurableExecution.html

import { namedExecution } from './durable-access.ts';
import type { DurableHandler } from './durable-access.ts';

export const checkpointDurableExecution: DurableHandler<'CheckpointDurableExecution'> =
  ({ durable }) =>
  async (input, context) => {
    const { CheckpointToken: token, ClientToken: clientToken, Updates: updates = [] } = input;
    const name = namedExecution(input.DurableExecutionArn, context);
    const { checkpointToken, operations } = await durable.checkpoint(name, { token, clientToken, updates });
    return { CheckpointToken: checkpointToken, NewExecutionState: { Operations: [...operations] } };
  };
