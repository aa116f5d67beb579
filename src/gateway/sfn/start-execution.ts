// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html

import type { SfnHandler } from './operation.ts';

export const startExecution: SfnHandler<'StartExecution'> =
  ({ executions }) =>
  async ({ stateMachineArn, name, input, traceHeader }, { scope }) => {
    const started = await executions.start({ scope, stateMachineArn, name, input, traceHeader });
    return { executionArn: started.executionArn, startDate: new Date(started.startedAtMs) };
  };
