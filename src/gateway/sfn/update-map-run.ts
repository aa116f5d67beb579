// https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateMapRun.html

import type { SfnHandler } from './operation.ts';

export const updateMapRun: SfnHandler<'UpdateMapRun'> =
  ({ mapRuns }) =>
  async ({ mapRunArn, maxConcurrency, toleratedFailureCount, toleratedFailurePercentage }, { scope }) => {
    await mapRuns.update({ scope, mapRunArn, maxConcurrency, toleratedFailureCount, toleratedFailurePercentage });
    return {};
  };
