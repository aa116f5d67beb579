// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html

import { LIMITS } from '#kernel';
import { checkedRange, queueOf, type SqsHandler } from './operation.ts';
import { attributeSelection, receivedMessage, systemSelection } from './received-message.ts';

/** `AttributeNames` is what `MessageSystemAttributeNames` was called before; the query protocol knows one name for both. */
export const receiveMessage: SqsHandler<'ReceiveMessage'> =
  ({ queues }) =>
  async (input, context) => {
    const { MaxNumberOfMessages = 1, VisibilityTimeout, WaitTimeSeconds, ReceiveRequestAttemptId: attemptId } = input;
    const system = systemSelection([...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])]);
    const attributes = attributeSelection(input.MessageAttributeNames ?? []);
    if (VisibilityTimeout !== undefined) checkedRange(VisibilityTimeout, 'VisibilityTimeout', [0, LIMITS.queueVisibilitySeconds]);
    if (WaitTimeSeconds !== undefined) checkedRange(WaitTimeSeconds, 'WaitTimeSeconds', [0, LIMITS.queueWaitSeconds]);
    const messages = await queues.receive(queueOf(input, context), {
      max: checkedRange(MaxNumberOfMessages, 'MaxNumberOfMessages', [1, LIMITS.queueReceivedMessages]),
      visibilitySeconds: VisibilityTimeout,
      waitMs: WaitTimeSeconds === undefined ? undefined : WaitTimeSeconds * 1000,
      // Most calls do not wait, and need none.
      get signal() {
        return context.signal;
      },
      attemptId,
    });
    // AWS leaves the member out when there are none, and clients look whether it is there.
    return messages.length === 0 ? {} : { Messages: messages.map((message) => receivedMessage(message, system, attributes)) };
  };
