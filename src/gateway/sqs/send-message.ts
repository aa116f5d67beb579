// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html

import { queueOf, senderOf, type SqsHandler } from './operation.ts';
import { messageToSend, sentAnswer } from './sent-message.ts';

export const sendMessage: SqsHandler<'SendMessage'> =
  ({ queues }) =>
  async (input, context) => {
    const message = messageToSend(input, context);
    const [outcome] = await queues.send(queueOf(input, context), [message], senderOf(context.principal));
    if (outcome === undefined) throw new Error('A message was neither sent nor refused.');
    if (outcome.kind === 'refused') throw outcome.error;
    return sentAnswer(outcome, input);
  };
