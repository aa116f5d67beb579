// What follows when an event has come to its end: a record for its destination, and the event itself for the dead-letter queue. They are
// accepted in the very step that settles the event. Pure: ids are drawn from the event's own, so that a repeat would be the same.

import { derivedUuid, LIMITS } from '#kernel';
import type { FunctionName, RequestId, Scope } from '#kernel';
import { deliveryOfEntry } from '#outbox';
import type { OutboxEntry, RetryPolicy, Target } from '#outbox';
import type { EventDestination, EventInvokeSettings } from '#registry';
import type { NewDelivery } from '#store';
import { deliveryOf } from './event.ts';
import { eventRecord } from './event-record.ts';
import type { EndedEvent } from './event-record.ts';

export interface EndOfEvent extends EndedEvent {
  readonly scope: Scope;
  readonly name: FunctionName;
  readonly settings: EventInvokeSettings;
  /** As the function got it, or would have. */
  readonly traceHeader: string;
}

/**
 * Lambda says nothing of how often it tries to deliver, only that it gives up in the end. A target that is down for a day shall cost nothing, so
 * this is EventBridge's policy for targets of its own.
 */
const RETRY: RetryPolicy = {
  maximumRetries: 185,
  maximumAgeSeconds: 86_400,
  backOff: { kind: 'exponential', leastMs: 1000, mostMs: 300_000 },
};

/** What each takes at once; of a bus's entry, its source, its type and its two resources count too. */
const RECORD_BYTES: Readonly<Record<EventDestination['kind'], number>> = {
  queue: LIMITS.queueMessageBytes,
  topic: LIMITS.topicMessageBytes,
  bus: LIMITS.busEntriesBytes - 2048,
  function: LIMITS.asyncPayloadBytes,
  bucket: Infinity,
};

export function followUpsOf(end: EndOfEvent): readonly NewDelivery[] {
  const { condition, settings } = end;
  const destination = condition === 'Success' ? settings.onSuccess : settings.onFailure;
  const record = destination === undefined ? [] : [recordFor(end, destination)];
  const { deadLetter } = settings;
  return condition === 'Success' || deadLetter === undefined ? record : [...record, deadLetterFor(end, deadLetter)];
}

function recordFor(end: EndOfEvent, destination: EventDestination): NewDelivery {
  const payload = eventRecord(end, RECORD_BYTES[destination.kind]);
  const id = derivedId(end.requestId, 'destination');
  switch (destination.kind) {
    case 'function': {
      // It is invoked with the rights of the function's role, so nobody asks its policy: an event like any other.
      const { scope, traceHeader, endedAtMs } = end;
      return deliveryOf({ requestId: id, scope, functionArn: destination.arn, payload, traceHeader }, endedAtMs);
    }
    case 'queue':
    case 'topic':
      return entry(end, id, { kind: destination.kind, arn: destination.arn }, payload);
    case 'bus':
      return entry(end, id, busTarget(end, destination.arn), payload);
    case 'bucket': {
      const target = { kind: 'bucket', arn: destination.arn, key: objectKey(end, id), contentType: 'application/json' } as const;
      return entry(end, id, target, payload);
    }
    default:
      return destination.kind satisfies never;
  }
}

function busTarget({ condition, functionArn, endedAtMs }: EndOfEvent, arn: string): Target {
  return {
    kind: 'bus',
    arn,
    source: 'lambda',
    detailType: `Lambda Function Invocation Result - ${condition === 'Success' ? 'Success' : 'Failure'}`,
    resources: [functionArn, arn],
    timeMs: endedAtMs,
  };
}

/** `aws/lambda/async/<function>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>` */
function objectKey({ name, endedAtMs }: EndOfEvent, id: string): string {
  const time = new Date(endedAtMs).toISOString();
  const folder = time.slice(0, 10).replaceAll('-', '/');
  return `aws/lambda/async/${name}/${folder}/${time.slice(0, 19).replaceAll(':', '.')}-${id}`;
}

function deadLetterFor(end: EndOfEvent, { kind, arn }: EventDestination): NewDelivery {
  const { code, message } = errorOf(end);
  const attributes = {
    RequestID: { type: 'String', value: end.requestId },
    ErrorCode: { type: 'Number', value: String(code) },
    // Attributes cannot be empty.
    ...(message === '' ? {} : { ErrorMessage: { type: 'String', value: firstBytes(message, LIMITS.deadLetterMessageBytes) } }),
  };
  const target = { kind: kind === 'topic' ? 'topic' : 'queue', arn, attributes } as const;
  return entry(end, derivedId(end.requestId, 'dead-letter'), target, end.payload);
}

function entry(end: EndOfEvent, id: string, target: Target, payload: Uint8Array): NewDelivery {
  const { scope, functionArn, traceHeader, endedAtMs } = end;
  const sender: OutboxEntry['sender'] = { service: 'lambda.amazonaws.com', arn: functionArn };
  return deliveryOfEntry({ id, scope, target, payload, sender, retry: RETRY, traceHeader, acceptedAtMs: endedAtMs });
}

/** The status that a caller would have got, and what went wrong. */
function errorOf({ condition, response }: EndOfEvent): { readonly code: number; readonly message: string } {
  if (response !== undefined) return { code: 200, message: messageIn(response.payload) };
  switch (condition) {
    case 'ZeroReservedConcurrency':
      return { code: 429, message: 'The function is switched off: its reserved concurrency is zero.' };
    case 'RecursiveInvocation':
      return { code: 400, message: 'The function was invoked in a recursive loop with other resources, and has been stopped.' };
    case 'TenantMismatch':
      return { code: 400, message: 'The event names a tenant where the function has none, or none where it keeps tenants apart.' };
    case 'EventAgeExceeded':
    case 'FunctionNotFound':
    case 'MalformedTarget':
    case 'RetriesExhausted':
    case 'Success':
      // A run that ended left a response, and of a function that is gone nobody knows a dead-letter queue: it had no chance for too long.
      return { code: 429, message: 'The event became too old before the function could run.' };
    default:
      return condition satisfies never;
  }
}

function messageIn(payload: Uint8Array): string {
  try {
    const document: unknown = JSON.parse(Buffer.from(payload).toString());
    const message = typeof document === 'object' && document !== null && 'errorMessage' in document ? document.errorMessage : '';
    return typeof message === 'string' ? message : '';
  } catch {
    return ''; // A runtime of the function's own may answer with anything.
  }
}

/** Cut between two characters. */
function firstBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  if (bytes.byteLength <= bytesMax) return text;
  let end = bytesMax;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** Request ids are random enough. */
function derivedId(requestId: RequestId, purpose: string): RequestId {
  return derivedUuid(`${requestId} ${purpose}`) as RequestId;
}
