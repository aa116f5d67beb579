// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html

import type { SfnHandler } from './operation.ts';

export const sendTaskSuccess: SfnHandler<'SendTaskSuccess'> =
  ({ executions }) =>
  async ({ taskToken, output }, { scope }) => {
    await executions.tasks.succeed({ scope, taskToken, output });
    return {};
  };
