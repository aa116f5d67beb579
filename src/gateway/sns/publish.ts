// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html

import type { CallContext } from '../operation.ts';
import { refuseDenied } from './denial.ts';
import { invalidParameter, type SnsHandler } from './operation.ts';

export const publish: SnsHandler<'Publish'> =
  ({ topics }) =>
  async (input, { scope, headers, principal }) => {
    const topicArn = topicOf(input);
    await refuseDenied(topics, { scope, principal, topicArn });
    const { messageId, sequenceNumber } = await topics.publish(
      scope,
      topicArn,
      {
        message: input.Message,
        subject: input.Subject,
        structure: input.MessageStructure,
        attributes: input.MessageAttributes,
        groupId: input.MessageGroupId,
        deduplicationId: input.MessageDeduplicationId,
      },
      { traceHeader: traceHeaderOf(headers) },
    );
    return { MessageId: messageId, SequenceNumber: sequenceNumber };
  };

export function traceHeaderOf(headers: CallContext['headers']): string | undefined {
  return headers['x-amzn-trace-id']?.slice(0, 512);
}

interface Addressed {
  readonly TopicArn?: string | undefined;
  readonly TargetArn?: string | undefined;
  readonly PhoneNumber?: string | undefined;
}

function topicOf({ TopicArn, TargetArn, PhoneNumber }: Addressed): string {
  if (PhoneNumber !== undefined)
    throw invalidParameter(
      'PhoneNumber',
      'Text messages are not sent from here. Publish to a topic with a function that calls your provider.',
    );
  if (TopicArn !== undefined && TargetArn !== undefined)
    throw invalidParameter('TargetArn', 'Name the topic with TopicArn or with TargetArn, not with both');
  if (TargetArn?.includes(':endpoint/') === true)
    throw invalidParameter(
      'TargetArn',
      'Push notifications to phones are not sent from here. No endpoint found for the target arn specified',
    );
  const arn = TopicArn ?? TargetArn;
  if (arn === undefined) throw invalidParameter('TopicArn or TargetArn', 'no value for required parameter');
  return arn;
}
