// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html

import { queueOf, type SqsHandler } from './operation.ts';

export const changeMessageVisibility: SqsHandler<'ChangeMessageVisibility'> =
  ({ queues }) =>
  async (input, context) => {
    const { ReceiptHandle: receiptHandle, VisibilityTimeout: seconds } = input;
    const [error] = await queues.changeVisibility(queueOf(input, context), [{ receiptHandle, seconds }]);
    if (error !== undefined) throw error;
    return {};
  };
