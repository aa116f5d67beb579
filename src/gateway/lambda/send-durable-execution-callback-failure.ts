// https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackFailure.html

import type { DurableHandler } from './durable-access.ts';

export const sendDurableExecutionCallbackFailure: DurableHandler<'SendDurableExecutionCallbackFailure'> =
  ({ durable }) =>
  async ({ CallbackId, Error: error = {} }, { scope }) => {
    await durable.callbacks.fail(scope, CallbackId, error);
    return {};
  };
