// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html

import type { SfnHandler } from './operation.ts';

export const stopExecution: SfnHandler<'StopExecution'> =
  ({ executions }) =>
  async ({ executionArn, error, cause }, { scope }) => {
    const { stoppedAtMs } = await executions.stop({ scope, executionArn, error, cause });
    return { stopDate: new Date(stoppedAtMs) };
  };
