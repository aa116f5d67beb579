// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueueTags.html

import { queueOf, type SqsHandler } from './operation.ts';

export const listQueueTags: SqsHandler<'ListQueueTags'> =
  ({ queues }) =>
  async (input, context) => {
    const { tags } = await queues.administration.need(queueOf(input, context));
    return Object.keys(tags).length === 0 ? {} : { Tags: { ...tags } };
  };
