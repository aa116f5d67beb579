// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
//
// SDKs put `sync-` before the host of this operation and of TestState; where the host is an address, that must be switched off in the client.

import { when, type SfnHandler } from './operation.ts';

export const startSyncExecution: SfnHandler<'StartSyncExecution'> =
  ({ executions }) =>
  async ({ stateMachineArn, name, input, traceHeader, includedData }, { scope, signal }) => {
    const request = { scope, stateMachineArn, name, input, traceHeader };
    const { outcome, ...execution } = await executions.startSync(request, signal);
    const isWhole = includedData !== 'METADATA_ONLY';
    const details = { included: isWhole };
    return {
      executionArn: execution.executionArn,
      stateMachineArn: execution.stateMachineArn,
      name: execution.name,
      startDate: new Date(execution.startedAtMs),
      stopDate: new Date(execution.endedAtMs),
      // Nobody can stop one.
      status: outcome.status === 'ABORTED' ? 'FAILED' : outcome.status,
      ...(isWhole ? { input: execution.input } : {}),
      inputDetails: details,
      ...(outcome.status === 'SUCCEEDED'
        ? { ...(isWhole ? { output: outcome.output } : {}), outputDetails: details }
        : { ...when('error', outcome.error), ...when('cause', outcome.cause) }),
      ...when('traceHeader', execution.traceHeader),
      billingDetails: {
        billedMemoryUsedInMB: execution.billing.memoryMiB,
        billedDurationInMilliseconds: execution.billing.durationMs,
      },
    };
  };
