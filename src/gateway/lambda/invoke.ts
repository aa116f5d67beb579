// Invoke: runs a function and answers with what it returned, or accepts an event, or only looks whether it could be done.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

import type * as Lambda from '@aws-sdk/client-lambda';
import type { Invocations } from '#invocation';
import { ApiError } from '#kernel';
import type { Invocables, InvocableFunction } from '#registry';
import { forTenant, targetOf } from '#registry';
import { EXPLAIN, explanationHeaders } from '../explanation-headers.ts';
import type { Handler, HandlerInput, HandlerOutput } from '../operation.ts';
import { refusalOf } from './invoke-answer.ts';
import { clientContext, jsonPayload } from './invoke-payload.ts';

export interface InvokeRooms {
  readonly invocables: Pick<Invocables, 'resolve'>;
  readonly invocations: Pick<Invocations, 'invoke' | 'accept'>;
}

type Input = HandlerInput<typeof Lambda, 'Invoke'>;
type Output = HandlerOutput<typeof Lambda, 'Invoke'>;

export function createInvoke(rooms: InvokeRooms): Handler<typeof Lambda, 'Invoke'> {
  return async (input, context) => {
    refuseWhatIsNotServed(input);
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

/** Members that would change what happens, and do not here, are refused instead of ignored. */
function refuseWhatIsNotServed({ DurableExecutionName }: Pick<Input, 'DurableExecutionName'>): void {
  if (DurableExecutionName !== undefined)
    throw new ApiError('InvalidParameterValueException', 'Durable executions are not served: leave DurableExecutionName out.', {
      fields: { Type: 'User' },
    });
}
