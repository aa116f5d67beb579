// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html

import { ApiError } from '#kernel';
import { queueUrl } from '#queues';
import type { SqsHandler } from './operation.ts';

export const getQueueUrl: SqsHandler<'GetQueueUrl'> =
  ({ queues }) =>
  async ({ QueueName: name, QueueOwnerAWSAccountId: owner }, { scope, endpoint }) => {
    // No other account's queues are here.
    if (owner !== undefined && owner !== scope.account)
      throw new ApiError('QueueDoesNotExist', 'The specified queue does not exist.');
    return { QueueUrl: queueUrl(endpoint, await queues.administration.need({ scope, name })) };
  };
