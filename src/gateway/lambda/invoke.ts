// Invoke: runs a function and answers with what it returned, or accepts an event, or only looks whether it could be done.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

import type * as Lambda from '@aws-sdk/client-lambda';
import type { DurableExecutions } from '#durable';
import type { Invocations, SynchronousCall } from '#invocation';
import { ApiError } from '#kernel';
import type { Invocables, InvocableFunction } from '#registry';
import { forTenant, targetOf } from '#registry';
import { EXPLAIN, explanationHeaders } from '../explanation-headers.ts';
import type { CallContext, Handler, HandlerInput, HandlerOutput } from '../operation.ts';
import { refusalOf } from './invoke-answer.ts';
import { clientContext, jsonPayload } from './invoke-payload.ts';

export interface InvokeRooms {
  readonly invocables: Pick<Invocables, 'resolve'>;
  readonly invocations: Pick<Invocations, 'invoke' | 'accept'>;
  readonly durable: Pick<DurableExecutions, 'call' | 'accept'>;
}

type Input = HandlerInput<typeof Lambda, 'Invoke'>;
type Output = HandlerOutput<typeof Lambda, 'Invoke'>;

export function createInvoke(rooms: InvokeRooms): Handler<typeof Lambda, 'Invoke'> {
  return async (input, context) => {
    const type = input.InvocationType ?? 'RequestResponse';
    const target = targetOf(context.scope, input.FunctionName, input.Qualifier);
    const invocable = forTenant(await rooms.invocables.resolve(context.scope, target), input.TenantId);
    const payload = jsonPayload(input.Payload, type);
    const call = {
      requestId: context.requestId,
      payload,
      clientContext: clientContext(input.ClientContext, type),
      traceHeader: context.headers['x-amzn-trace-id'],
    };
    if (invocable.durable !== undefined && type !== 'DryRun')
      return invokeDurable(rooms, type, { input, invocable, call, context });
    if (input.DurableExecutionName !== undefined) throw notDurable(invocable);
    switch (type) {
      case 'DryRun':
        return { StatusCode: 204, ExecutedVersion: invocable.version };
      case 'Event':
        await rooms.invocations.accept({
          ...call,
          scope: invocable.scope,
          functionArn: invocable.invokedArn,
          tenantId: invocable.tenantId,
        });
        return { StatusCode: 202 };
      case 'RequestResponse':
        return answer(
          await rooms.invocations.invoke({ ...call, invocable, wantsTail: input.LogType === 'Tail' }),
          invocable,
          context.headers[EXPLAIN],
        );
      default:
        throw new ApiError('InvalidParameterValueException', `Unknown invocation type: ${String(type satisfies never)}`);
    }
  };
}

function answer(
  result: Awaited<ReturnType<Invocations['invoke']>>,
  { version }: InvocableFunction,
  explain: string | undefined,
): Output {
  if (result.kind !== 'answered') throw refusalOf(result);
  const { functionError, payload } = result.answer;
  const headers = explanationHeaders(result, explain);
  return {
    StatusCode: 200,
    ExecutedVersion: version,
    Payload: payload,
    ...(functionError === undefined ? undefined : { FunctionError: functionError }),
    ...(result.logTail === undefined ? undefined : { LogResult: result.logTail }),
    ...(headers === undefined ? undefined : { $headers: headers }),
  };
}

interface DurableInvoke {
  readonly input: Input;
  readonly invocable: InvocableFunction;
  readonly call: Omit<SynchronousCall, 'invocable'>;
  readonly context: CallContext;
}

/** Answered when the execution has ended, or when it is written down. */
async function invokeDurable(
  { durable }: InvokeRooms,
  type: 'Event' | 'RequestResponse',
  { input, invocable, call, context }: DurableInvoke,
): Promise<Output> {
  if (invocable.qualifier === undefined) throw unqualified(invocable);
  const request = { ...call, invocable, name: input.DurableExecutionName };
  if (type === 'Event') return { StatusCode: 202, DurableExecutionArn: await durable.accept(request) };
  const { arn, result } = await durable.call({ ...request, wantsTail: input.LogType === 'Tail' });
  return { ...answer(result, invocable, context.headers[EXPLAIN]), DurableExecutionArn: arn };
}

/** As on Lambda: an execution belongs to a version, and whoever means `$LATEST` says so. What the platform invokes by itself means it. */
function unqualified({ name }: InvocableFunction): ApiError {
  return new ApiError(
    'InvalidParameterValueException',
    `You cannot invoke a durable function using an unqualified ARN. Name a version, an alias or $LATEST: ${name}:$LATEST.`,
    { fields: { Type: 'User' } },
  );
}

function notDurable({ name }: InvocableFunction): ApiError {
  return new ApiError(
    'InvalidParameterValueException',
    `DurableExecutionName is for durable functions. Give ${name} a DurableConfig with UpdateFunctionConfiguration, or leave it out.`,
    { fields: { Type: 'User' } },
  );
}
