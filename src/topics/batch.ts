// PublishBatch: what a batch may be. As on AWS, one bad entry is an error of the whole request, and nothing of it is published.
// https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html

import { ApiError, LIMITS } from '#kernel';
import type { CheckedMessage, NewMessage } from './message.ts';

export interface BatchEntry extends NewMessage {
  /** Of the entry in its batch. */
  readonly id: string;
}

export function checkBatch(entries: readonly BatchEntry[]): void {
  if (entries.length === 0) throw new ApiError('EmptyBatchRequest', "The batch request doesn't contain any entries.");
  if (entries.length > LIMITS.topicBatchEntries)
    throw new ApiError('TooManyEntriesInBatchRequest', 'The batch request contains more entries than permissible.');
  for (const { id } of entries) {
    if (id.length > 80)
      throw new ApiError('InvalidBatchEntryId', `The Id of a batch entry in the batch request is too long: ${id}`);
    if (!/^[\w-]+$/.test(id))
      throw new ApiError(
        'InvalidBatchEntryId',
        `The Id of a batch entry in the batch request contains an impermissible character: ${id}`,
      );
  }
  if (new Set(entries.map(({ id }) => id)).size !== entries.length)
    throw new ApiError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
}

export function checkBatchBytes(messages: readonly CheckedMessage[]): void {
  if (messages.reduce((sum, { bytes }) => sum + bytes, 0) > LIMITS.topicMessageBytes)
    throw new ApiError('BatchRequestTooLong', 'The length of all the messages put together is more than the limit.');
}
