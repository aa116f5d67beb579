// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html

import { queueUrl } from '#queues';
import type { SqsHandler } from './operation.ts';
import { nextTokenOf, pageOf } from './queue-page.ts';

export const listQueues: SqsHandler<'ListQueues'> =
  ({ queues }) =>
  async (input, { scope, endpoint }) => {
    const { names, next } = await queues.administration.list({ scope, prefix: input.QueueNamePrefix, ...pageOf(input) });
    // AWS leaves the member out when there are none, and clients look whether it is there.
    if (names.length === 0) return {};
    return { QueueUrls: names.map((name) => queueUrl(endpoint, { scope, name })), ...nextTokenOf(input, next) };
  };
