// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html

import { queueUrl } from '#queues';
import { queueOf, type SqsHandler } from './operation.ts';
import { nextTokenOf, pageOf } from './queue-page.ts';

export const listDeadLetterSourceQueues: SqsHandler<'ListDeadLetterSourceQueues'> =
  ({ queues }) =>
  async (input, context) => {
    const { scope, endpoint } = context;
    const { name } = await queues.administration.need(queueOf(input, context));
    const { names, next } = await queues.administration.list({ scope, deadLetter: name, ...pageOf(input) });
    return { queueUrls: names.map((source) => queueUrl(endpoint, { scope, name: source })), ...nextTokenOf(input, next) };
  };
