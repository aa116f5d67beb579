// https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html

import { refuseDenied } from './denial.ts';
import type { SnsHandler } from './operation.ts';
import { traceHeaderOf } from './publish.ts';

/** A bad entry is an error of the request, as on AWS; so nothing is ever in `Failed`. */
export const publishBatch: SnsHandler<'PublishBatch'> =
  ({ topics }) =>
  async ({ TopicArn, PublishBatchRequestEntries: entries }, { scope, headers, principal }) => {
    await refuseDenied(topics, { scope, principal, topicArn: TopicArn });
    const published = await topics.publishBatch(
      scope,
      TopicArn,
      entries.map((entry) => ({
        id: entry.Id,
        message: entry.Message,
        subject: entry.Subject,
        structure: entry.MessageStructure,
        attributes: entry.MessageAttributes,
        groupId: entry.MessageGroupId,
        deduplicationId: entry.MessageDeduplicationId,
      })),
      { traceHeader: traceHeaderOf(headers) },
    );
    return {
      Successful: published.map(({ messageId, sequenceNumber }, place) => ({
        Id: entries[place]?.Id,
        MessageId: messageId,
        SequenceNumber: sequenceNumber,
      })),
      Failed: [],
    };
  };
