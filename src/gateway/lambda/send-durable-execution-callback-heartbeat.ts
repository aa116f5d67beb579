// https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackHeartbeat.html

import type { DurableHandler } from './durable-access.ts';

export const sendDurableExecutionCallbackHeartbeat: DurableHandler<'SendDurableExecutionCallbackHeartbeat'> =
  ({ durable }) =>
  async ({ CallbackId }, { scope }) => {
    await durable.callbacks.heartbeat(scope, CallbackId);
    return {};
  };
