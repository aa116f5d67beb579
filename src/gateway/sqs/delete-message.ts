// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html

import { queueOf, type SqsHandler } from './operation.ts';

export const deleteMessage: SqsHandler<'DeleteMessage'> =
  ({ queues }) =>
  async (input, context) => {
    const [error] = await queues.remove(queueOf(input, context), [input.ReceiptHandle]);
    if (error !== undefined) throw error;
    return {};
  };
