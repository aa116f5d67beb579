// https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html

import { tagMap, type SfnHandler } from './operation.ts';

export const createActivity: SfnHandler<'CreateActivity'> =
  ({ activities }) =>
  async ({ name, tags = [], encryptionConfiguration }, { scope }) => {
    const activity = await activities.book.create(scope, { name, tags: tagMap(tags), encryption: encryptionConfiguration });
    return { activityArn: activity.arn, creationDate: new Date(activity.createdAtMs) };
  };
