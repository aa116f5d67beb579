// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html

import type { ListMessageMoveTasksResultEntry } from '@aws-sdk/client-sqs';
import { LIMITS } from '#kernel';
import { taskHandle, type MoveTask } from '#queues';
import { checkedRange, type SqsHandler } from './operation.ts';

export const listMessageMoveTasks: SqsHandler<'ListMessageMoveTasks'> =
  ({ queues }) =>
  async ({ SourceArn, MaxResults = 1 }, { scope }) => {
    const limit = checkedRange(MaxResults, 'MaxResults', [1, LIMITS.queueMoveTasksListed]);
    const tasks = await queues.moveTasks.list(scope, SourceArn, limit);
    return { Results: tasks.map(entryOf) };
  };

/** Only what runs can be cancelled, and has a handle. */
function entryOf(task: MoveTask): ListMessageMoveTasksResultEntry {
  return {
    ...(task.status === 'RUNNING' ? { TaskHandle: taskHandle(task) } : {}),
    Status: task.status,
    SourceArn: task.sourceArn,
    ...(task.destinationArn === undefined ? {} : { DestinationArn: task.destinationArn }),
    ...(task.perSecond === undefined ? {} : { MaxNumberOfMessagesPerSecond: task.perSecond }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    ...(task.failureReason === undefined ? {} : { FailureReason: task.failureReason }),
    StartedTimestamp: task.startedAtMs,
  };
}
