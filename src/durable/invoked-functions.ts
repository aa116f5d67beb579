// Invocations of other functions that an execution has begun: of an ordinary function once, of a durable one as an execution of its own.
// https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-sdk.html

import type { ErrorObject } from '@aws-sdk/client-lambda';
import { withRun } from '#invocation';
import type { Invocations } from '#invocation';
import { ApiError, derivedUuid } from '#kernel';
import type { RequestId } from '#kernel';
import { forTenant, targetOf } from '#registry';
import type { Invocables } from '#registry';
import { executionArn } from './execution-arn.ts';
import type { Execution } from './execution.ts';
import type { InvokeOperation } from './records.ts';
import { thrownIn } from './run-verdict.ts';
import type { StartRequest } from './starts.ts';

export interface InvokedFunctionParts {
  readonly invocables: Pick<Invocables, 'resolve'>;
  readonly invocations: Pick<Invocations, 'invoke'>;
  /** Resolves when it is written down; beginning it again changes nothing. */
  readonly begin: (request: StartRequest) => Promise<unknown>;
}

export type Invoked =
  | { readonly kind: 'done'; readonly status: 'SUCCEEDED' | 'FAILED'; readonly result?: string; readonly error?: ErrorObject }
  /** It is an execution now, which will tell of its end. */
  | { readonly kind: 'begun' }
  /** It found no instance, or its function is not ready. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'closed' };

/** Under an id that is always the same: whoever does it again after a crash does the same. */
export async function invokeOther(
  { invocables, invocations, begin }: InvokedFunctionParts,
  { row, facts, number }: Pick<Execution, 'row' | 'facts' | 'number'>,
  { id, functionName, tenantId, payload = 'null' }: InvokeOperation,
): Promise<Invoked> {
  const requestId = derivedUuid(`${executionArn(row.scope, row.name, facts)} ${id}`) as RequestId;
  try {
    const own = await invocables.resolve(row.scope, { name: facts.functionName, qualifier: facts.version });
    const target = targetOf(row.scope, functionName);
    const invocable = forTenant(await invocables.resolve(row.scope, target), tenantId);
    const call = { requestId, invocable, payload: Buffer.from(payload), traceHeader: withRun(facts.traceHeader, own.lineageId) };
    if (invocable.durable !== undefined) {
      await begin({ ...call, name: requestId, origin: { kind: 'chained', journal: number, operationId: id } });
      return { kind: 'begun' };
    }
    return invokedBy(await invocations.invoke(call));
  } catch (error) {
    if (!(error instanceof ApiError) || RETRIED.has(error.code)) return { kind: 'refused' };
    return failed({ ErrorType: error.code, ErrorMessage: error.message });
  }
}

/** A function that is being made, or a store that is full. */
const RETRIED: ReadonlySet<string> = new Set(['ResourceConflictException', 'ResourceNotReadyException', 'ServiceException']);

function invokedBy(result: Awaited<ReturnType<Invocations['invoke']>>): Invoked {
  switch (result.kind) {
    case 'answered': {
      const { functionError, payload } = result.answer;
      if (functionError !== undefined) return failed(thrownIn(payload));
      return { kind: 'done', status: 'SUCCEEDED', result: Buffer.from(payload).toString() };
    }
    case 'recursive':
      return failed({
        ErrorType: 'RecursiveInvocationException',
        ErrorMessage: 'The function was invoked in a recursive loop with other resources, and has been stopped.',
      });
    case 'throttled':
    case 'failed':
      return { kind: 'refused' };
    case 'closed':
      return { kind: 'closed' };
    default:
      return result satisfies never;
  }
}

const failed = (error: ErrorObject): Invoked => ({ kind: 'done', status: 'FAILED', error });
