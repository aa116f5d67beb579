// SQS: every operation, by name. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/

import { addPermission } from './add-permission.ts';
import { cancelMessageMoveTask } from './cancel-message-move-task.ts';
import { changeMessageVisibility } from './change-message-visibility.ts';
import { changeMessageVisibilityBatch } from './change-message-visibility-batch.ts';
import { createQueue } from './create-queue.ts';
import { deleteMessage } from './delete-message.ts';
import { deleteMessageBatch } from './delete-message-batch.ts';
import { deleteQueue } from './delete-queue.ts';
import { getQueueAttributes } from './get-queue-attributes.ts';
import { getQueueUrl } from './get-queue-url.ts';
import { listDeadLetterSourceQueues } from './list-dead-letter-source-queues.ts';
import { listMessageMoveTasks } from './list-message-move-tasks.ts';
import { listQueues } from './list-queues.ts';
import { listQueueTags } from './list-queue-tags.ts';
import { purgeQueue } from './purge-queue.ts';
import { receiveMessage } from './receive-message.ts';
import { removePermission } from './remove-permission.ts';
import { sendMessage } from './send-message.ts';
import { sendMessageBatch } from './send-message-batch.ts';
import { setQueueAttributes } from './set-queue-attributes.ts';
import { startMessageMoveTask } from './start-message-move-task.ts';
import { tagQueue } from './tag-queue.ts';
import { untagQueue } from './untag-queue.ts';
import type { SqsHandlers, SqsRooms } from './operation.ts';

export function sqsHandlers(rooms: SqsRooms): SqsHandlers {
  return {
    AddPermission: addPermission(rooms),
    CancelMessageMoveTask: cancelMessageMoveTask(rooms),
    ChangeMessageVisibility: changeMessageVisibility(rooms),
    ChangeMessageVisibilityBatch: changeMessageVisibilityBatch(rooms),
    CreateQueue: createQueue(rooms),
    DeleteMessage: deleteMessage(rooms),
    DeleteMessageBatch: deleteMessageBatch(rooms),
    DeleteQueue: deleteQueue(rooms),
    GetQueueAttributes: getQueueAttributes(rooms),
    GetQueueUrl: getQueueUrl(rooms),
    ListDeadLetterSourceQueues: listDeadLetterSourceQueues(rooms),
    ListMessageMoveTasks: listMessageMoveTasks(rooms),
    ListQueues: listQueues(rooms),
    ListQueueTags: listQueueTags(rooms),
    PurgeQueue: purgeQueue(rooms),
    ReceiveMessage: receiveMessage(rooms),
    RemovePermission: removePermission(rooms),
    SendMessage: sendMessage(rooms),
    SendMessageBatch: sendMessageBatch(rooms),
    SetQueueAttributes: setQueueAttributes(rooms),
    StartMessageMoveTask: startMessageMoveTask(rooms),
    TagQueue: tagQueue(rooms),
    UntagQueue: untagQueue(rooms),
  };
}
