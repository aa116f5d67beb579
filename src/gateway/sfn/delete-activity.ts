// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteActivity.html

import type { SfnHandler } from './operation.ts';

export const deleteActivity: SfnHandler<'DeleteActivity'> =
  ({ activities }) =>
  async ({ activityArn }, { scope }) => {
    await activities.book.remove(scope, activityArn);
    return {};
  };
