// The record of an asynchronous invocation that Lambda sends to destinations. Pure.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html

import type { FunctionVersion, RequestId } from '#kernel';
import type { DropReason } from './retry.ts';

export type EventCondition = 'Success' | DropReason;

/** What the last attempt brought; none where the function had no chance to run. */
export interface EventResponse {
  readonly executedVersion: FunctionVersion;
  readonly functionError: string | undefined;
  /** JSON text, unless a runtime of the function's own wrote something else. */
  readonly payload: Uint8Array;
}

export interface EndedEvent {
  readonly requestId: RequestId;
  /** With its version or alias, `$LATEST` included. */
  readonly functionArn: string;
  readonly condition: EventCondition;
  /** Attempts that were begun. */
  readonly invokeCount: number;
  /** JSON text. */
  readonly payload: Uint8Array;
  readonly response: EventResponse | undefined;
  readonly endedAtMs: number;
}

/**
 * JSON text of at most `bytesMax`, as long as its head alone is not more. What is too large is left out: first the response, since the event cannot
 * be had again, then both, as Lambda drops payloads for SNS.
 */
export function eventRecord(event: EndedEvent, bytesMax: number): Uint8Array {
  const { payload, response } = event;
  const head = headOf(event);
  const request = member('requestPayload', payload);
  const context = response === undefined ? undefined : member('responseContext', contextOf(response));
  const answer = response === undefined ? undefined : member('responsePayload', inJson(response.payload));
  const whole = joined([head, request, context, answer]);
  if (whole.byteLength <= bytesMax) return whole;
  const withoutAnswer = joined([head, request, context]);
  return withoutAnswer.byteLength <= bytesMax ? withoutAnswer : joined([head, context]);
}

function headOf({ requestId, functionArn, condition, invokeCount, endedAtMs }: EndedEvent): Buffer {
  const head = {
    version: '1.0',
    timestamp: new Date(endedAtMs).toISOString(),
    requestContext: { requestId, functionArn, condition, approximateInvokeCount: invokeCount },
  };
  return Buffer.from(JSON.stringify(head).slice(1, -1));
}

function contextOf({ executedVersion, functionError }: EventResponse): Buffer {
  return Buffer.from(
    JSON.stringify({ statusCode: 200, executedVersion, ...(functionError === undefined ? {} : { functionError }) }),
  );
}

/** Payloads are put in as they are, so that no number or key of theirs changes on the way. */
function member(name: string, json: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`"${name}":`), json]);
}

function inJson(payload: Uint8Array): Uint8Array {
  const text = Buffer.from(payload).toString();
  try {
    JSON.parse(text);
    return payload;
  } catch {
    return Buffer.from(JSON.stringify(text)); // A runtime of the function's own may answer with anything.
  }
}

function joined(members: readonly (Buffer | undefined)[]): Buffer {
  const given = members.filter((each) => each !== undefined);
  const parts = given.flatMap((each, index) => (index === 0 ? [each] : [COMMA, each]));
  return Buffer.concat([OPENING, ...parts, CLOSING]);
}

const [OPENING, COMMA, CLOSING] = [Buffer.from('{'), Buffer.from(','), Buffer.from('}')];
