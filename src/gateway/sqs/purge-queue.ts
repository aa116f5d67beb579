// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html

import { queueOf, type SqsHandler } from './operation.ts';

export const purgeQueue: SqsHandler<'PurgeQueue'> =
  ({ queues }) =>
  async (input, context) => {
    await queues.administration.purge(queueOf(input, context));
    return {};
  };
