// https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html

import { LIMITS } from '#kernel';
import { historyEvent } from './history-event.ts';
import { when, type SfnHandler } from './operation.ts';

export const getExecutionHistory: SfnHandler<'GetExecutionHistory'> =
  ({ executions }) =>
  async ({ executionArn, maxResults, reverseOrder = false, nextToken, includeExecutionData = true }, { scope }) => {
    const page = await executions.history({
      scope,
      executionArn,
      reverseOrder,
      includeExecutionData,
      // 0 asks for as many as by default.
      limit: maxResults || LIMITS.statesPageDefault,
      nextToken,
    });
    return { events: page.items.map(historyEvent), ...when('nextToken', page.nextToken) };
  };
