// https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackSuccess.html

import type { DurableHandler } from './durable-access.ts';

export const sendDurableExecutionCallbackSuccess: DurableHandler<'SendDurableExecutionCallbackSuccess'> =
  ({ durable }) =>
  async ({ CallbackId, Result = new Uint8Array() }, { scope }) => {
    await durable.callbacks.succeed(scope, CallbackId, Result);
    return {};
  };
