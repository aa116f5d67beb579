// A queue as a source: its messages come by the same notice as those of a long poll, and are deleted when they are done with.

import { ApiError } from '#kernel';
import { parseQueueArn } from '#queues';
import type { Queues } from '#queues';
import { queueRecordOf } from './queue-record.ts';
import type { QueueRecord } from './queue-record.ts';
import type { Source } from './source.ts';
import { SourceMissing } from './source.ts';

export interface QueueSourceParts {
  readonly queues: Pick<Queues, 'receive' | 'remove' | 'changeVisibility'>;
  readonly arn: string;
  /** How long a message may wait for its batch: it is hidden for so much longer. */
  readonly windowMs: number;
}

export function queueSource({ queues, arn, windowMs }: QueueSourceParts): Source<QueueRecord> {
  const address = parseQueueArn(arn);
  if (address === undefined) throw new Error(`${arn} is no queue's ARN.`);
  const origin = { arn, region: address.scope.region };

  const longerSeconds = Math.ceil(windowMs / 1000);

  return {
    isOrdered: address.name.endsWith('.fifo'),
    async receive(max, signal) {
      try {
        const messages = await queues.receive(address, {
          max,
          longerSeconds,
          waitMs: Infinity,
          signal,
        });
        return messages.map((message) => queueRecordOf(message, origin));
      } catch (cause) {
        if (cause instanceof ApiError && cause.code === 'QueueDoesNotExist') throw new SourceMissing(arn);
        throw cause;
      }
    },
    // What cannot be deleted any more has been received again since, or is gone.
    acknowledge: async (records) =>
      void (await queues.remove(
        address,
        records.map(({ receiptHandle }) => receiptHandle),
      )),
    giveBack: async (records) =>
      void (await queues.changeVisibility(
        address,
        records.map(({ receiptHandle }) => ({ receiptHandle, seconds: 0, isUncounted: true })).toReversed(),
      )),
  };
}
