// InvokeAsync: deprecated since 2014 and still in every SDK. An event whose payload is the body, answered with 202.
// https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html

import type * as Lambda from '@aws-sdk/client-lambda';
import { ApiError, LIMITS } from '#kernel';
import { forTenant, targetOf } from '#registry';
import type { Handler } from '../operation.ts';
import type { InvokeRooms } from './invoke.ts';
import { jsonPayload } from './invoke-payload.ts';

export function createInvokeAsync({ invocables, invocations }: InvokeRooms): Handler<typeof Lambda, 'InvokeAsync'> {
  return async (input, context) => {
    // It has no member for a tenant.
    const invocable = forTenant(await invocables.resolve(context.scope, targetOf(context.scope, input.FunctionName)), undefined);
    await invocations.accept({
      requestId: context.requestId,
      scope: invocable.scope,
      functionArn: invocable.invokedArn,
      payload: jsonPayload(await wholeOf(input.InvokeArgs), 'Event'),
      traceHeader: context.headers['x-amzn-trace-id'],
    });
    return { Status: 202 };
  };
}

/** The model calls the body a stream; the gateway has received it whole, since its hash had to be known first. */
async function wholeOf(body: AsyncIterable<Uint8Array> | Uint8Array): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.byteLength;
    if (bytes > LIMITS.asyncPayloadBytes)
      throw new ApiError(
        'RequestEntityTooLargeException',
        `The payload is too large for InvokeAsync (limit ${LIMITS.asyncPayloadBytes} bytes)`,
        {
          fields: { Type: 'User' },
        },
      );
    parts.push(part);
  }
  return Buffer.concat(parts);
}
