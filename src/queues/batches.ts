// What every batch is asked before any of its entries is looked at. A batch that fails this fails as a whole.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html#API_SendMessageBatch_Errors

import { ApiError, LIMITS } from '#kernel';
import { sizeOf } from './message-attributes.ts';
import type { MessageToSend } from './message-sending.ts';

const ID = /^[A-Za-z0-9_-]{1,80}$/;

/** `entry` is what AWS calls one: `SendMessageBatchRequestEntry`. */
export function checkBatch(ids: readonly string[], entry: string): void {
  if (ids.length === 0) throw new ApiError('EmptyBatchRequest', `There should be at least one ${entry} in the request.`);
  if (ids.length > LIMITS.queueBatchEntries) {
    throw new ApiError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${LIMITS.queueBatchEntries}. You have sent ${ids.length}.`,
    );
  }
  const seen = new Set<string>();
  for (const id of ids) {
    if (!ID.test(id)) {
      throw new ApiError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      );
    }
    if (seen.has(id)) throw new ApiError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`);
    seen.add(id);
  }
}

/** All messages of a batch together, whatever its queue allows each of them. */
export function checkBatchSize(messages: readonly MessageToSend[]): void {
  const bytes = messages.reduce((sum, { body, attributes }) => sum + sizeOf(body, attributes), 0);
  if (bytes > LIMITS.queueMessageBytes) {
    throw new ApiError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${LIMITS.queueMessageBytes} bytes. You have sent ${bytes} bytes.`,
    );
  }
}
