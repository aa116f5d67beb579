// What a handler sees of its call. The abort signal is made only for those who ask: most never do.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '#identity';
import type { RequestId, Scope } from '#kernel';
import type { CallContext } from './operation.ts';

export interface ContextOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: RequestId;
  readonly scope: Scope;
  readonly principal: Principal;
  /** Host and port as the caller said them, without a bucket. */
  readonly origin: string;
  /** Aborts when the gateway closes, so that answers without an end (a live tail) find one. */
  readonly closing: AbortSignal;
}

const NO_TRAILERS: ReadonlyMap<string, string> = new Map();

export class Context implements CallContext {
  readonly requestId: RequestId;
  readonly scope: Scope;
  readonly principal: Principal;
  /** Read at once: a socket that is gone has forgotten it. */
  readonly sourceAddress: string;
  trailers = NO_TRAILERS;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #origin: string;
  readonly #closing: AbortSignal;
  #signal: AbortSignal | undefined;
  #callerGone: AbortSignal | undefined;

  constructor({ request, response, requestId, scope, principal, origin, closing }: ContextOptions) {
    this.#closing = closing;
    this.requestId = requestId;
    this.scope = scope;
    this.principal = principal;
    this.sourceAddress = request.socket.remoteAddress ?? '';
    this.#request = request;
    this.#response = response;
    this.#origin = origin;
  }

  get endpoint(): string {
    return `http://${this.#origin}`;
  }

  get headers(): CallContext['headers'] {
    return this.#request.headers as CallContext['headers'];
  }

  get signal(): AbortSignal {
    this.#signal ??= AbortSignal.any([this.callerGone, this.#closing]);
    return this.#signal;
  }

  get callerGone(): AbortSignal {
    this.#callerGone ??= signalOf(this.#response);
    return this.#callerGone;
  }
}

function signalOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const gone = () => {
    if (!response.writableFinished) controller.abort(new Error('The caller closed the connection.'));
  };
  if (response.destroyed) gone();
  else response.once('close', gone);
  return controller.signal;
}
