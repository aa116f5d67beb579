// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html

import type { SfnHandler } from './operation.ts';

export const sendTaskFailure: SfnHandler<'SendTaskFailure'> =
  ({ executions }) =>
  async ({ taskToken, error, cause }, { scope }) => {
    await executions.tasks.fail({ scope, taskToken, error, cause });
    return {};
  };
