// https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html

import type { SfnHandler } from './operation.ts';

export const getActivityTask: SfnHandler<'GetActivityTask'> =
  ({ activities }) =>
  async ({ activityArn, workerName }, { scope, signal }) => {
    const task = await activities.nextTask({ scope, activityArn, workerName, signal });
    // A poll that nothing came for is answered without members.
    return task === undefined ? {} : { taskToken: task.token, input: task.input };
  };
