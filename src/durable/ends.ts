// What an execution that has ended is for others: the answer to its caller, and the records for a function's destinations and dead-letter queue.

import type { ErrorObject } from '@aws-sdk/client-lambda';
import { eventFollowUps } from '#invocation';
import type { AttemptResult } from '#invocation';
import { LIMITS } from '#kernel';
import type { Invocables } from '#registry';
import type { NewDelivery } from '#store';
import type { LastRun } from './callers.ts';
import type { Execution } from './execution.ts';
import type { ExecutionEnd } from './records.ts';

/** As a function that is invoked once would have answered. */
export function answerOf(arn: string, end: ExecutionEnd, last: LastRun | undefined): AttemptResult {
  return {
    kind: 'answered',
    answer: { ...payloadOf(arn, end), logLine: undefined, trouble: undefined },
    logTail: last?.logTail,
    record: last?.record,
  };
}

function payloadOf(arn: string, { status, result, error }: ExecutionEnd) {
  if (status !== 'SUCCEEDED') return failedWith(error ?? { ErrorType: status, ErrorMessage: 'The durable execution has ended.' });
  // A function that returned nothing has no result.
  const payload = Buffer.from(result === undefined || result === '' ? 'null' : result);
  if (payload.byteLength <= LIMITS.responsePayloadBytes) return { functionError: undefined, payload };
  const ErrorMessage = `Response payload size exceeded maximum allowed payload size (${LIMITS.responsePayloadBytes} bytes). Read the result of ${arn} with GetDurableExecution.`;
  return failedWith({ ErrorType: 'Function.ResponseSizeTooLarge', ErrorMessage });
}

function failedWith({ ErrorType, ErrorMessage, ErrorData, StackTrace }: ErrorObject) {
  const document = { errorType: ErrorType, errorMessage: ErrorMessage, errorData: ErrorData, trace: StackTrace };
  return { functionError: 'Unhandled' as const, payload: Buffer.from(JSON.stringify(document)) };
}

/** For those who wait no longer for one that began before they came. */
export function stillRunning(arn: string): AttemptResult {
  const ErrorMessage = `${arn} is still running after ${LIMITS.durableCallSeconds} seconds. It goes on: ask for it with GetDurableExecution.`;
  const answer = { ...failedWith({ ErrorType: 'Execution.StillRunning', ErrorMessage }), logLine: undefined, trouble: undefined };
  return { kind: 'answered', answer, logTail: undefined, record: undefined };
}

/**
 * For executions that were begun by events. Who stopped one knows of its end. Lambda sends dead letters of durable functions alone; here their
 * destinations are served as well.
 */
export async function followUpsOf(
  invocables: Pick<Invocables, 'eventInvokeSettings'>,
  { row, facts, input }: Execution,
  end: ExecutionEnd,
  endedAtMs: number,
): Promise<readonly NewDelivery[]> {
  if (facts.origin.kind !== 'event' || end.status === 'STOPPED') return [];
  const { scope } = row;
  const { functionName: name, version, invokedArn, requestId, traceHeader } = facts;
  const qualifier = invokedArn.split(':')[7];
  const settings = await invocables.eventInvokeSettings(scope, { name, qualifier });
  // The function is gone, and with it whom to tell.
  if (settings === undefined) return [];
  const { functionError, payload } = payloadOf(invokedArn, end);
  return eventFollowUps({
    scope,
    name,
    settings,
    requestId,
    functionArn: invokedArn,
    condition: end.status === 'SUCCEEDED' ? 'Success' : 'RetriesExhausted',
    invokeCount: 1,
    payload: Buffer.from(input),
    response: { executedVersion: version, functionError, payload },
    traceHeader,
    endedAtMs,
  });
}
