// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html

import { queueOf, type SqsHandler } from './operation.ts';

export const tagQueue: SqsHandler<'TagQueue'> =
  ({ queues }) =>
  async (input, context) => {
    await queues.administration.tag(queueOf(input, context), input.Tags);
    return {};
  };
