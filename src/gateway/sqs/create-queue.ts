// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html

import { queueUrl } from '#queues';
import type { SqsHandler } from './operation.ts';

export const createQueue: SqsHandler<'CreateQueue'> =
  ({ queues }) =>
  async ({ QueueName: name, Attributes = {}, tags = {} }, { scope, endpoint }) => {
    const queue = await queues.administration.create({ scope, name }, Attributes, tags);
    return { QueueUrl: queueUrl(endpoint, queue) };
  };
