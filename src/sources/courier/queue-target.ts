// Queues: the payload is the message's body. The queue takes it in the step that settles the entry, so it is there once, whatever is killed when.

import type { Carrier } from './carrier.ts';
import { textOf } from './carrier.ts';
import type { QueuePort } from './ports.ts';

export function queueCarrier(queues: QueuePort): Carrier<'queue'> {
  return async (entry, { arn, attributes = {}, groupId, deduplicationId }, { claim }) => {
    const { scope, sender, traceHeader, id } = entry;
    const message = {
      id,
      scope,
      arn,
      sender,
      body: textOf(entry),
      attributes,
      groupId,
      deduplicationId: deduplicationId ?? (arn.endsWith('.fifo') ? id.slice(0, 128) : undefined),
      traceHeader,
    };
    await queues.send(message, claim);
    return { kind: 'delivered', isSettled: claim !== undefined };
  };
}
