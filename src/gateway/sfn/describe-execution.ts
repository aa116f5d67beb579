// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html

import { date, when, type SfnHandler } from './operation.ts';

export const describeExecution: SfnHandler<'DescribeExecution'> =
  ({ executions }) =>
  async ({ executionArn, includedData }, { scope }) => {
    const execution = await executions.describe({ scope, executionArn });
    const isWhole = includedData !== 'METADATA_ONLY';
    const details = { included: isWhole };
    return {
      executionArn: execution.executionArn,
      stateMachineArn: execution.stateMachineArn,
      name: execution.name,
      status: execution.status,
      startDate: new Date(execution.startedAtMs),
      ...when('stopDate', date(execution.stoppedAtMs)),
      ...(isWhole ? { input: execution.input } : {}),
      inputDetails: details,
      ...(execution.output === undefined ? {} : { ...(isWhole ? { output: execution.output } : {}), outputDetails: details }),
      ...when('error', execution.error),
      ...when('cause', execution.cause),
      ...when('traceHeader', execution.traceHeader),
      ...when('mapRunArn', execution.mapRunArn),
      ...when('stateMachineVersionArn', execution.versionArn),
      ...when('stateMachineAliasArn', execution.aliasArn),
      redriveCount: execution.redriveCount,
      ...when('redriveDate', date(execution.redrivenAtMs)),
      redriveStatus: execution.redriveStatus,
      ...when('redriveStatusReason', execution.redriveStatusReason),
    };
  };
