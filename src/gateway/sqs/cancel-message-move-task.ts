// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CancelMessageMoveTask.html

import type { SqsHandler } from './operation.ts';

export const cancelMessageMoveTask: SqsHandler<'CancelMessageMoveTask'> =
  ({ queues }) =>
  async ({ TaskHandle }) => ({ ApproximateNumberOfMessagesMoved: await queues.moveTasks.cancel(TaskHandle) });
