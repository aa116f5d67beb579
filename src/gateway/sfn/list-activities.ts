// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListActivities.html

import { when, type SfnHandler } from './operation.ts';

export const listActivities: SfnHandler<'ListActivities'> =
  ({ activities }) =>
  async (input, { scope }) => {
    const { items, nextToken } = await activities.book.list(scope, input);
    return {
      activities: items.map(({ arn, name, createdAtMs }) => ({ activityArn: arn, name, creationDate: new Date(createdAtMs) })),
      ...when('nextToken', nextToken),
    };
  };
