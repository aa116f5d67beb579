// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_UntagQueue.html

import { queueOf, type SqsHandler } from './operation.ts';

export const untagQueue: SqsHandler<'UntagQueue'> =
  ({ queues }) =>
  async (input, context) => {
    await queues.administration.untag(queueOf(input, context), input.TagKeys);
    return {};
  };
