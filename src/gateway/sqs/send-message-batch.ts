// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html

import { ApiError } from '#kernel';
import { checkBatch, checkBatchSize, type MessageToSend } from '#queues';
import type { CallContext } from '../operation.ts';
import { batchAnswer } from './batch-answer.ts';
import { queueOf, senderOf, type SqsHandler } from './operation.ts';
import { messageToSend, sentAnswer, type SendRequest } from './sent-message.ts';

export const sendMessageBatch: SqsHandler<'SendMessageBatch'> =
  ({ queues }) =>
  async (input, context) => {
    checkBatch(
      input.Entries.map(({ Id }) => Id),
      'SendMessageBatchRequestEntry',
    );
    const entries = input.Entries.map((entry) => ({ Id: entry.Id, entry, message: readMessage(entry, context) }));
    const messages = entries.flatMap(({ message }) => (message instanceof ApiError ? [] : [message]));
    checkBatchSize(messages);
    const outcomes = await queues.send(queueOf(input, context), messages, senderOf(context.principal));
    let next = 0;
    return batchAnswer(entries, ({ Id, entry, message }) => {
      if (message instanceof ApiError) return message;
      const outcome = outcomes[next];
      next += 1;
      if (outcome === undefined) throw new Error('A message was neither sent nor refused.');
      return outcome.kind === 'refused' ? outcome.error : { Id, ...sentAnswer(outcome, entry) };
    });
  };

/** One entry's mistake is that entry's alone. */
function readMessage(entry: SendRequest, context: CallContext): MessageToSend | ApiError {
  try {
    return messageToSend(entry, context);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}
