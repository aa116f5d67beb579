// InvokeWithResponseStream: runs a function and answers with what it writes, as it writes it. Functions that do not stream answer through it as well.
// https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html

import type * as Lambda from '@aws-sdk/client-lambda';
import { errorTypeOf } from '#invocation';
import type { AttemptResult } from '#invocation';
import { ApiError, LIMITS } from '#kernel';
import { forTenant, targetOf } from '#registry';
import type { StreamedResponse } from '#sandbox';
import type { Handler } from '../operation.ts';
import { beginInvocation } from '../streamed-invocation.ts';
import { refusalOf } from './invoke-answer.ts';
import { clientContext, jsonPayload } from './invoke-payload.ts';
import type { InvokeRooms } from './invoke.ts';

type Event = Lambda.InvokeWithResponseStreamResponseEvent;

export function createInvokeWithResponseStream(
  rooms: Pick<InvokeRooms, 'invocables' | 'invocations'>,
): Handler<typeof Lambda, 'InvokeWithResponseStream'> {
  return async (input, context) => {
    const type = invocationTypeOf(input.InvocationType);
    const target = targetOf(context.scope, input.FunctionName, input.Qualifier);
    const invocable = forTenant(await rooms.invocables.resolve(context.scope, target), input.TenantId);
    const call = {
      requestId: context.requestId,
      invocable,
      payload: jsonPayload(input.Payload, type),
      clientContext: clientContext(input.ClientContext, type),
      traceHeader: context.headers['x-amzn-trace-id'],
      wantsTail: input.LogType === 'Tail',
    };
    if (type === 'DryRun') return { StatusCode: 204, ExecutedVersion: invocable.version, EventStream: nothing() };
    const beginning = await beginInvocation(rooms.invocations, call);
    const head = { StatusCode: 200, ExecutedVersion: invocable.version };
    if (beginning.kind === 'streamed')
      return { ...head, EventStream: eventsOf(beginning.response, beginning.result, context.callerGone) };
    // What never began is refused as a whole; a function that failed is told of in the stream.
    if (beginning.result.kind !== 'answered') throw refusalOf(beginning.result);
    return { ...head, EventStream: wholeEvents(beginning.result) };
  };
}

function invocationTypeOf(type: string | undefined): 'RequestResponse' | 'DryRun' {
  if (type === undefined || type === 'RequestResponse') return 'RequestResponse';
  if (type === 'DryRun') return type;
  throw new ApiError(
    'InvalidParameterValueException',
    `InvocationType ${type.slice(0, 64)} has no streamed response: use RequestResponse or DryRun.`,
    { fields: { Type: 'User' } },
  );
}

async function* nothing(): AsyncGenerator<Event> {}

function eventsOf({ body }: StreamedResponse, result: Promise<AttemptResult>, callerGone: AbortSignal): AsyncGenerator<Event> {
  // A generator that waits for the function's next byte cannot be ended from outside, nor one that nobody has begun to read; its source can.
  const leave = () => void body.destroy();
  if (callerGone.aborted) leave();
  else callerGone.addEventListener('abort', leave, { once: true });
  return passOn(body, result, callerGone);
}

async function* passOn(
  body: StreamedResponse['body'],
  result: Promise<AttemptResult>,
  callerGone: AbortSignal,
): AsyncGenerator<Event> {
  try {
    for await (const part of body) yield { PayloadChunk: { Payload: part as Uint8Array } };
  } catch (error) {
    // Nobody is left to be told.
    if (callerGone.aborted) return;
    throw error;
  }
  yield { InvokeComplete: completionOf(await result) };
}

async function* wholeEvents(result: Extract<AttemptResult, { kind: 'answered' }>): AsyncGenerator<Event> {
  const { functionError, payload } = result.answer;
  if (functionError === undefined)
    for (let at = 0; at < payload.byteLength; at += LIMITS.streamChunkBytes)
      yield { PayloadChunk: { Payload: payload.subarray(at, at + LIMITS.streamChunkBytes) } };
  yield { InvokeComplete: completionOf(result) };
}

/** The error's type and its document; a client tells a whole response by their absence. */
function completionOf(result: AttemptResult): Lambda.InvokeWithResponseStreamCompleteEvent {
  if (result.kind !== 'answered') {
    const { code, message } = refusalOf(result);
    return { ErrorCode: code, ErrorDetails: message };
  }
  const { answer, logTail } = result;
  return {
    ...(answer.functionError === undefined
      ? undefined
      : { ErrorCode: errorTypeOf(answer.payload) ?? answer.functionError, ErrorDetails: Buffer.from(answer.payload).toString() }),
    ...(logTail === undefined ? undefined : { LogResult: logTail }),
  };
}
