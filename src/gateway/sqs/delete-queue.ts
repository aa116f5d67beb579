// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html

import { queueOf, type SqsHandler } from './operation.ts';

export const deleteQueue: SqsHandler<'DeleteQueue'> =
  ({ queues }) =>
  async (input, context) => {
    await queues.administration.remove(queueOf(input, context));
    return {};
  };
