// Functions as tasks, straight to the room of invocations: no HTTP, and each payload is made and read once.
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
// Owns: nothing.

import { ApiError, derivedUuid, LIMITS } from '#kernel';
import type { Clock, RequestId } from '#kernel';
import { traceHeader } from '#invocation';
import type { AttemptResult, Invocations, SynchronousCall } from '#invocation';
import { forTenant, targetOf } from '#registry';
import type { Invocables, InvocableFunction } from '#registry';
import type { Json } from '#workflows';
import { isTooDeep } from '../running/json-data.ts';
import { apiFailure, functionFailure, refusal } from './function-failure.ts';
import { payloadOf, readInvocation } from './function-parameters.ts';
import type { Invocation } from './function-parameters.ts';
import { sdkMetadata } from './sdk-metadata.ts';
import { tooDeep, tooLarge, unfit } from './task-failure.ts';
import type { Failed } from './task-failure.ts';
import type { StartedTask, TaskEnd } from './task-port.ts';

export interface FunctionTaskParts {
  readonly clock: Clock;
  readonly functions: Pick<Invocables, 'resolve'>;
  /** Of functions: their durable ones may be run by another room. */
  readonly invocations: Pick<Invocations, 'invoke' | 'accept'>;
}

type Returned = { readonly kind: 'returned'; readonly value: Json; readonly bytes: number; readonly logTail: string | undefined };
type Ran = Returned | Failed | { readonly kind: 'interrupted' };

export class FunctionTasks {
  readonly #parts: FunctionTaskParts;

  constructor(parts: FunctionTaskParts) {
    this.#parts = parts;
  }

  /** The resource is the function's ARN: its event is the task's input, and what it returns is the result. */
  async runFunction(task: StartedTask, arn: string): Promise<TaskEnd> {
    const requestId = requestIdOf(task);
    let invocable: InvocableFunction;
    try {
      const { functions } = this.#parts;
      invocable = forTenant(await functions.resolve(task.scope, targetOf(task.scope, arn)), undefined);
    } catch (error) {
      return apiFailure(error, requestId);
    }
    const ran = await this.#run({ requestId, invocable, payload: Buffer.from(JSON.stringify(task.command.input)) }, arn);
    return ran.kind === 'returned' ? { kind: 'succeeded', output: ran.value } : ran;
  }

  /** `lambda:invoke`: as the API has it, with what it answers around the payload. */
  async runInvoke(task: StartedTask): Promise<TaskEnd> {
    const { resource, input } = task.command;
    const requestId = requestIdOf(task);
    const waits = resource.kind === 'service' && resource.pattern === 'waitForTaskToken';
    const invocation = readInvocation(input);
    if ('complaints' in invocation) return unfit(input, invocation.complaints);
    const end = await this.#invoke(task, requestId, invocation);
    if (end.kind === 'failed' && waits) return { ...end, stage: 'submit' };
    return end.kind === 'succeeded' && waits ? { ...end, kind: 'submitted', waitsFor: { kind: 'callback' } } : end;
  }

  async #invoke(
    { scope }: StartedTask,
    requestId: RequestId,
    invocation: Invocation,
  ): Promise<Extract<TaskEnd, { kind: 'succeeded' | 'failed' | 'interrupted' }>> {
    const { functionName, qualifier, type, tenantId, clientContext, wantsTail } = invocation;
    let invocable: InvocableFunction;
    let payload: Uint8Array;
    try {
      const found = await this.#parts.functions.resolve(scope, targetOf(scope, functionName, qualifier));
      invocable = forTenant(found, tenantId);
      payload = payloadOf(invocation.payload);
      if (type === 'Event') {
        if (payload.byteLength > LIMITS.asyncPayloadBytes) throw tooLargeEvent(payload.byteLength);
        const event = { requestId, payload, clientContext, tenantId, scope: invocable.scope, functionArn: invocable.invokedArn };
        await this.#parts.invocations.accept(event);
      }
    } catch (error) {
      return apiFailure(error, requestId);
    }
    const { version } = invocable;
    const { clock } = this.#parts;
    const trace = traceHeader(undefined, requestId, clock.now());
    if (type !== 'RequestResponse')
      return { kind: 'succeeded', output: eventAnswer({ requestId, version, trace, nowMs: clock.now() }, type) };
    const call = { requestId, invocable, payload, clientContext, wantsTail, traceHeader: trace };
    const ran = await this.#run(call, 'lambda');
    if (ran.kind !== 'returned') return ran;
    return { kind: 'succeeded', output: answerOf({ requestId, version, trace, nowMs: clock.now() }, ran) };
  }

  /** `what` is what a result that is too large is said to be of. */
  async #run(call: SynchronousCall, what: string): Promise<Ran> {
    const result: AttemptResult = await this.#parts.invocations.invoke(call);
    if (result.kind !== 'answered') return refusal(result, call.requestId);
    const { functionError, payload } = result.answer;
    if (functionError !== undefined) return functionFailure(payload);
    if (payload.byteLength > LIMITS.statePayloadBytes) return tooLarge(what);
    const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString();
    if (isTooDeep(text)) return tooDeep(what);
    return { kind: 'returned', value: jsonOf(text), bytes: payload.byteLength, logTail: result.logTail };
  }
}

/** A task that is begun again after a crash asks under the same id: what the function did under it can be known again. */
export function requestIdOf({ facts, command }: StartedTask): RequestId {
  return derivedUuid(`${facts.arn} ${command.taskId}`) as RequestId;
}

/** A custom runtime may answer with what is no JSON: it is a text then. */
function jsonOf(text: string): Json {
  if (text === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

type Answered = { readonly requestId: RequestId; readonly version: string; readonly trace: string; readonly nowMs: number };

/** Members in the order of the alphabet, as AWS has them. */
function answerOf({ version, trace, ...answered }: Answered, { value, bytes, logTail }: Returned): Json {
  const headers = { 'X-Amz-Executed-Version': version, 'x-amzn-Remapped-Content-Length': '0', 'X-Amzn-Trace-Id': trace };
  return {
    ExecutedVersion: version,
    ...(logTail === undefined ? {} : { LogResult: logTail }),
    Payload: value,
    ...sdkMetadata({ ...answered, status: 200, contentType: 'application/json', contentBytes: bytes, headers }),
    StatusCode: 200,
  };
}

/** Of an invocation that nobody waits for: there is a payload, and it is empty. */
function eventAnswer({ version, trace, ...answered }: Answered, type: 'Event' | 'DryRun'): Json {
  const status = type === 'Event' ? 202 : 204;
  const headers = { 'X-Amzn-Trace-Id': trace };
  return {
    ...(type === 'DryRun' ? { ExecutedVersion: version } : {}),
    Payload: '',
    ...sdkMetadata({ ...answered, status, contentType: 'application/json', contentBytes: 0, headers }),
    StatusCode: status,
  };
}

function tooLargeEvent(bytes: number): ApiError {
  return new ApiError(
    'RequestTooLargeException',
    `${bytes} byte payload is too large for the Event invocation type (limit ${LIMITS.asyncPayloadBytes} bytes)`,
  );
}
