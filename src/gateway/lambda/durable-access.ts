// Which execution a call means, and whether its caller may have to do with it.

import type { DurableExecutions, ExecutionName } from '#durable';
import { parseExecutionArn } from '#durable';
import { ApiError } from '#kernel';
import type { Registry } from '#registry';
import type { CallContext, Handler } from '../operation.ts';

export interface DurableRooms {
  readonly registry: Pick<Registry, 'functions'>;
  readonly durable: DurableExecutions;
}

type Lambda = typeof import('@aws-sdk/client-lambda');

/** One operation, given the rooms that it calls. */
export type DurableHandler<Name extends keyof import('../operation.ts').Handlers<Lambda>> = (
  rooms: DurableRooms,
) => Handler<Lambda, Name>;

/** Another account's executions are not there. A function's own credentials are good for executions of that function alone. */
export function namedExecution(arn: string, { scope, principal }: Pick<CallContext, 'scope' | 'principal'>): ExecutionName {
  const name = parseExecutionArn(arn);
  if (name.scope.account !== scope.account || name.scope.region !== scope.region)
    throw new ApiError('ResourceNotFoundException', `Durable execution not found: ${arn}`, { fields: { Type: 'User' } });
  if (principal.kind === 'function' && principal.functionArn.split(':')[6] !== name.functionName)
    throw new ApiError(
      'AccessDeniedException',
      `A function's own credentials are not authorized for durable executions of another: ${arn}`,
      { fields: { Type: 'User' } },
    );
  return name;
}

/** Zero is the default, as the API has it. */
export const pageSize = (maxItems: number | undefined, otherwise: number) =>
  maxItems === undefined || maxItems === 0 ? otherwise : maxItems;
