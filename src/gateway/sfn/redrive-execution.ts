// https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html

import type { SfnHandler } from './operation.ts';

export const redriveExecution: SfnHandler<'RedriveExecution'> =
  ({ executions }) =>
  async ({ executionArn, clientToken }, { scope }) => {
    const { redrivenAtMs } = await executions.redrive({ scope, executionArn, clientToken });
    return { redriveDate: new Date(redrivenAtMs) };
  };
