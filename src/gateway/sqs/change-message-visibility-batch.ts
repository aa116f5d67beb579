// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html

import { checkBatch } from '#queues';
import { batchAnswer } from './batch-answer.ts';
import { queueOf, type SqsHandler } from './operation.ts';

export const changeMessageVisibilityBatch: SqsHandler<'ChangeMessageVisibilityBatch'> =
  ({ queues }) =>
  async (input, context) => {
    const { Entries: entries } = input;
    checkBatch(
      entries.map(({ Id }) => Id),
      'ChangeMessageVisibilityBatchRequestEntry',
    );
    const errors = await queues.changeVisibility(
      queueOf(input, context),
      // The model does not require the time; AWS takes none for none.
      entries.map(({ ReceiptHandle, VisibilityTimeout = 0 }) => ({ receiptHandle: ReceiptHandle, seconds: VisibilityTimeout })),
    );
    return batchAnswer(entries, ({ Id }, index) => errors[index] ?? { Id });
  };
