// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html

import { date, when, type SfnHandler } from './operation.ts';

export const describeMapRun: SfnHandler<'DescribeMapRun'> =
  ({ mapRuns }) =>
  async ({ mapRunArn }, { scope }) => {
    const run = await mapRuns.describe(scope, mapRunArn);
    return {
      mapRunArn: run.mapRunArn,
      executionArn: run.executionArn,
      status: run.status,
      startDate: new Date(run.startedAtMs),
      ...when('stopDate', date(run.stoppedAtMs)),
      maxConcurrency: run.maxConcurrency,
      toleratedFailurePercentage: run.toleratedFailurePercentage,
      toleratedFailureCount: run.toleratedFailureCount,
      itemCounts: run.itemCounts,
      executionCounts: run.executionCounts,
      redriveCount: run.redriveCount,
      ...when('redriveDate', date(run.redrivenAtMs)),
    };
  };
