// queues: messages that wait for whoever takes them (Amazon SQS).
//
// Its promise: what a send acknowledged is received until it is deleted, and not after; what is received is hidden from others for its
// time; a message group of a FIFO queue is received in its order, and a message is taken once within the deduplication window. Whoever
// waits is woken by what happens, and a queue that nobody uses costs nothing.

export { createQueues } from './queues.ts';
export type { PolicyQuestion, Queues, QueuesOptions } from './queues.ts';
export type { AcceptedMessage, MessageToSend, SendOutcome } from './message-sending.ts';
export type { ReceiptResult, VisibilityRequest } from './message-receipts.ts';
export type { ReceiveOptions } from './message-receiving.ts';
export type { QueueMessage } from './queue-message.ts';
export type { MessageAttribute, MessageAttributes } from './message-attributes.ts';
export type { Queue } from './queue.ts';
export type { QueueAddress } from './queue-names.ts';
export { parseQueueArn, parseQueueUrl, queueUrl } from './queue-names.ts';
export { checkBatch, checkBatchSize } from './batches.ts';
export { taskHandle } from './move-task-record.ts';
export type { MoveTask } from './move-task-record.ts';
export { digestOfAttributes } from './message-digests.ts';
export { ATTRIBUTE_NAMES, attributeTexts, countTexts } from './queue-attributes.ts';
