// Takes messages from the queue and publishes them to a topic, which mails them to its subscribers.

import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';

export const config = {
  on: [{ queue: 'contact', partialFailures: true, deadLetter: 'contact-failed', receives: 3 }],
};

const sns = new SNSClient({});

export const handler = async (event, context) => {
  const [, , , region, account] = context.invokedFunctionArn.split(':');
  const TopicArn = `arn:aws:sns:${region}:${account}:contact`;
  const batchItemFailures = [];
  for (const { messageId, body } of event.Records) {
    try {
      const { from, message } = JSON.parse(body);
      await sns.send(
        new PublishCommand({ TopicArn, Subject: 'A message from the contact form', Message: `${from} writes:\n\n${message}` }),
      );
    } catch (error) {
      // Only this one comes again; after three times it lies in contact-failed, to be looked at.
      console.error(`message ${messageId}`, error);
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
};
