// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeActivity.html

import type { EncryptionConfiguration } from '@aws-sdk/client-sfn';
import type { SfnHandler } from './operation.ts';

export const describeActivity: SfnHandler<'DescribeActivity'> =
  ({ activities }) =>
  async ({ activityArn }, { scope }) => {
    const { arn, name, createdAtMs, encryption } = await activities.book.need(scope, activityArn);
    return {
      activityArn: arn,
      name,
      creationDate: new Date(createdAtMs),
      encryptionConfiguration: encryption as unknown as EncryptionConfiguration,
    };
  };
