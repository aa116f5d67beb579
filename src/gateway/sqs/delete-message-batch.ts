// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html

import { checkBatch } from '#queues';
import { batchAnswer } from './batch-answer.ts';
import { queueOf, type SqsHandler } from './operation.ts';

export const deleteMessageBatch: SqsHandler<'DeleteMessageBatch'> =
  ({ queues }) =>
  async (input, context) => {
    const { Entries: entries } = input;
    checkBatch(
      entries.map(({ Id }) => Id),
      'DeleteMessageBatchRequestEntry',
    );
    const errors = await queues.remove(
      queueOf(input, context),
      entries.map(({ ReceiptHandle }) => ReceiptHandle),
    );
    return batchAnswer(entries, ({ Id }, index) => errors[index] ?? { Id });
  };
