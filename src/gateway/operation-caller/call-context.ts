// What a handler sees of a call that came by no request: a task of a state machine, in its account and with all rights of it.

import type { Principal } from '#identity';
import type { RequestId, Scope } from '#kernel';
import type { CallContext } from '../operation.ts';

export interface TaskCall {
  readonly requestId: RequestId;
  readonly scope: Scope;
  readonly endpoint: string;
  readonly signal: AbortSignal;
}

const SERVICE = 'states.amazonaws.com';
const NO_TRAILERS: ReadonlyMap<string, string> = new Map();

export function taskContext({ requestId, scope, endpoint, signal }: TaskCall): CallContext {
  const principal: Principal = { kind: 'root', account: scope.account, accessKeyId: SERVICE };
  return {
    requestId,
    scope,
    principal,
    endpoint,
    headers: {},
    // AWS names the service where a user's call would have an address.
    sourceAddress: SERVICE,
    trailers: NO_TRAILERS,
    signal,
    callerGone: signal,
  };
}
