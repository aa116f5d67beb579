// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html

import type { SqsHandler } from './operation.ts';

export const startMessageMoveTask: SqsHandler<'StartMessageMoveTask'> =
  ({ queues }) =>
  async (input, { scope }) => ({
    TaskHandle: await queues.moveTasks.start(scope, {
      sourceArn: input.SourceArn,
      destinationArn: input.DestinationArn,
      perSecond: input.MaxNumberOfMessagesPerSecond,
    }),
  });
