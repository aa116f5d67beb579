// Queues: the payload is the message's body.

import { DELIVERED } from './outcome.ts';
import type { Carrier } from './carrier.ts';
import { textOf } from './carrier.ts';
import type { QueuePort } from './ports.ts';

export function queueCarrier(queues: QueuePort): Carrier<'queue'> {
  return async (entry, { arn, attributes = {}, groupId, deduplicationId }) => {
    const { scope, sender, traceHeader, id } = entry;
    await queues.send({
      id,
      scope,
      arn,
      sender,
      body: textOf(entry),
      attributes,
      groupId,
      // What is sent twice since the platform was killed in between is stored once, where the queue can tell.
      deduplicationId: deduplicationId ?? (arn.endsWith('.fifo') ? id.slice(0, 128) : undefined),
      traceHeader,
    });
    return DELIVERED;
  };
}
