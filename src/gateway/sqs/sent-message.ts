// A message on its way in: from SendMessage or an entry of SendMessageBatch to what the room takes.

import { ApiError, LIMITS } from '#kernel';
import { digestOfAttributes, type AcceptedMessage, type MessageToSend } from '#queues';
import type { CallContext } from '../operation.ts';
import { attributesOf, invalidParameter, type SentAttribute } from './operation.ts';

export interface SendRequest {
  readonly MessageBody: string;
  readonly DelaySeconds?: number | undefined;
  readonly MessageAttributes?: Readonly<Record<string, SentAttribute>> | undefined;
  readonly MessageSystemAttributes?: Readonly<Record<string, SentAttribute>> | undefined;
  readonly MessageDeduplicationId?: string | undefined;
  readonly MessageGroupId?: string | undefined;
}

/** The trace header of the HTTP request is the message's where it has none of its own, as SDKs inside functions send it. */
export function messageToSend(request: SendRequest, { headers }: Pick<CallContext, 'headers'>): MessageToSend {
  return {
    body: request.MessageBody,
    attributes: attributesOf(request.MessageAttributes),
    traceHeader: traceHeaderOf(request.MessageSystemAttributes) ?? traceHeaderIn(headers),
    delaySeconds: request.DelaySeconds,
    groupId: request.MessageGroupId,
    deduplicationId: request.MessageDeduplicationId,
  };
}

function traceHeaderIn(headers: CallContext['headers']): string | undefined {
  const header = headers['x-amzn-trace-id'];
  return header !== undefined && header.length <= LIMITS.traceHeaderLength && /^[\x20-\x7e]+$/.test(header) ? header : undefined;
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

export function sentAnswer(
  { id, digestOfBody, digestOfAttributes: digest, sequenceNumber }: AcceptedMessage,
  request: SendRequest,
) {
  const traceHeader = traceHeaderOf(request.MessageSystemAttributes);
  return {
    MessageId: id,
    MD5OfMessageBody: digestOfBody,
    ...(digest === undefined ? {} : { MD5OfMessageAttributes: digest }),
    ...(traceHeader === undefined ? {} : { MD5OfMessageSystemAttributes: digestOfTrace(traceHeader) }),
    ...(sequenceNumber === undefined ? {} : { SequenceNumber: sequenceNumber }),
  };
}

function digestOfTrace(value: string): string | undefined {
  return digestOfAttributes({ AWSTraceHeader: { type: 'String', value } });
}
