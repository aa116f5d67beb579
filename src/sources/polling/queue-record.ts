// A message of a queue, as Lambda and Pipes show it. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html

import { digestOfAttributes } from '#queues';
import type { QueueMessage } from '#queues';
import type { SourceRecord } from './source.ts';

export interface QueueRecord extends SourceRecord {
  readonly receiptHandle: string;
}

export interface RecordOrigin {
  readonly arn: string;
  readonly region: string;
}

export function queueRecordOf(message: QueueMessage, { arn, region }: RecordOrigin): QueueRecord {
  const { id, receiptHandle, body, groupId, digestOfBody, traceHeader } = message;
  const md5OfMessageAttributes = digestOfAttributes(message.attributes);
  const document = {
    messageId: id,
    receiptHandle,
    body,
    attributes: systemAttributesOf(message),
    messageAttributes: messageAttributesOf(message),
    md5OfBody: digestOfBody,
    ...(md5OfMessageAttributes === undefined ? undefined : { md5OfMessageAttributes }),
    eventSource: 'aws:sqs',
    eventSourceARN: arn,
    awsRegion: region,
  };
  const json = JSON.stringify(document);
  return { id, receiptHandle, group: groupId, json, bytes: Buffer.byteLength(json), traceHeader, document };
}

/** All of them are texts. */
function systemAttributesOf(message: QueueMessage): Readonly<Record<string, string>> {
  const { sequenceNumber, groupId, deduplicationId, deadLetterSource, traceHeader } = message;
  return {
    ApproximateReceiveCount: String(message.receives),
    ...(traceHeader === undefined ? undefined : { AWSTraceHeader: traceHeader }),
    SentTimestamp: String(message.sentAtMs),
    ...(sequenceNumber === undefined ? undefined : { SequenceNumber: sequenceNumber }),
    ...(groupId === undefined ? undefined : { MessageGroupId: groupId }),
    SenderId: message.sender,
    ...(deduplicationId === undefined ? undefined : { MessageDeduplicationId: deduplicationId }),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    ...(deadLetterSource === undefined ? undefined : { DeadLetterQueueSourceArn: deadLetterSource }),
  };
}

function messageAttributesOf({ attributes }: QueueMessage): Readonly<Record<string, object>> {
  const shown: Record<string, object> = {};
  for (const [name, { type, value }] of Object.entries(attributes))
    shown[name] = {
      ...(type.startsWith('Binary') ? { binaryValue: value } : { stringValue: value }),
      stringListValues: [],
      binaryListValues: [],
      dataType: type,
    };
  return shown;
}
