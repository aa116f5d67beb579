// Topics: the payload is the message.

import { DELIVERED } from './outcome.ts';
import type { Carrier } from './carrier.ts';
import { textOf } from './carrier.ts';
import type { TopicPort } from './ports.ts';

export function topicCarrier(topics: TopicPort): Carrier<'topic'> {
  return async (entry, { arn, subject, attributes = {}, groupId, deduplicationId }) => {
    const { scope, sender, traceHeader, id } = entry;
    await topics.publish({
      id,
      scope,
      arn,
      sender,
      body: textOf(entry),
      subject,
      attributes,
      groupId,
      deduplicationId: deduplicationId ?? (arn.endsWith('.fifo') ? id.slice(0, 128) : undefined),
      traceHeader,
    });
    return DELIVERED;
  };
}
