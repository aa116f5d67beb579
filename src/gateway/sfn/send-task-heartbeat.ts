// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html

import type { SfnHandler } from './operation.ts';

export const sendTaskHeartbeat: SfnHandler<'SendTaskHeartbeat'> =
  ({ executions }) =>
  async ({ taskToken }, { scope }) => {
    await executions.tasks.heartbeat({ scope, taskToken });
    return {};
  };
