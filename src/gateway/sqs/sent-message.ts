// A message on its way in: from SendMessage or an entry of SendMessageBatch to what the room takes.

import { ApiError } from '#kernel';
import { digestOfAttributes, type AcceptedMessage, type MessageToSend } from '#queues';
import { attributesOf, invalidParameter, type SentAttribute } from './operation.ts';

export interface SendRequest {
  readonly MessageBody: string;
  readonly DelaySeconds?: number | undefined;
  readonly MessageAttributes?: Readonly<Record<string, SentAttribute>> | undefined;
  readonly MessageSystemAttributes?: Readonly<Record<string, SentAttribute>> | undefined;
  readonly MessageDeduplicationId?: string | undefined;
  readonly MessageGroupId?: string | undefined;
}

export function messageToSend(request: SendRequest): MessageToSend {
  return {
    body: request.MessageBody,
    attributes: attributesOf(request.MessageAttributes),
    traceHeader: traceHeaderOf(request.MessageSystemAttributes),
    delaySeconds: request.DelaySeconds,
    groupId: request.MessageGroupId,
    deduplicationId: request.MessageDeduplicationId,
  };
}

/** There is one system attribute that a sender may set. */
function traceHeaderOf(attributes: SendRequest['MessageSystemAttributes']): string | undefined {
  for (const name of Object.keys(attributes ?? {})) {
    if (name !== 'AWSTraceHeader') throw invalidParameter(`Message system attribute name '${name}' is invalid.`);
  }
  const { AWSTraceHeader: header } = attributesOf(attributes) ?? {};
  if (header === undefined) return undefined;
  if (header.type !== 'String') {
    throw invalidParameter("The message system attribute 'AWSTraceHeader' must be of the type String.");
  }
  if (!/^[\x20-\x7e]+$/.test(header.value)) {
    throw new ApiError('InvalidMessageContents', "The value of the message system attribute 'AWSTraceHeader' is invalid.");
  }
  return header.value;
}

export function sentAnswer({ id, digestOfBody, digestOfAttributes: digest, sequenceNumber }: AcceptedMessage, sent: MessageToSend) {
  return {
    MessageId: id,
    MD5OfMessageBody: digestOfBody,
    ...(digest === undefined ? {} : { MD5OfMessageAttributes: digest }),
    ...(sent.traceHeader === undefined ? {} : { MD5OfMessageSystemAttributes: digestOfTrace(sent.traceHeader) }),
    ...(sequenceNumber === undefined ? {} : { SequenceNumber: sequenceNumber }),
  };
}

function digestOfTrace(value: string): string | undefined {
  return digestOfAttributes({ AWSTraceHeader: { type: 'String', value } });
}
