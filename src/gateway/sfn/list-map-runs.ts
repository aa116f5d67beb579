// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListMapRuns.html

import { date, when, type SfnHandler } from './operation.ts';

export const listMapRuns: SfnHandler<'ListMapRuns'> =
  ({ executions, mapRuns }) =>
  async ({ executionArn, maxResults, nextToken }, { scope }) => {
    // Throws where there is no such execution.
    await executions.describe({ scope, executionArn });
    const page = await mapRuns.list({ scope, executionArn, maxResults, nextToken });
    return {
      mapRuns: page.items.map((run) => ({
        executionArn: run.executionArn,
        mapRunArn: run.mapRunArn,
        stateMachineArn: run.stateMachineArn,
        startDate: new Date(run.startedAtMs),
        ...when('stopDate', date(run.stoppedAtMs)),
      })),
      ...when('nextToken', page.nextToken),
    };
  };
