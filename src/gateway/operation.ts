// The contract between the wire and the handlers: one handler per AWS operation, typed by the published SDK.

import type { ApiError, RequestId, Scope } from '#kernel';
import type { Principal } from '#identity';

/** What a handler knows of the call besides its input. */
export interface CallContext {
  readonly requestId: RequestId;
  /** Account and region that the call is served in. */
  readonly scope: Scope;
  /** Who signed it; `anonymous` where no signature was sent and the operation allows it. */
  readonly principal: Principal;
  /** `http://127.0.0.1:4566` as the caller reached us, to build URLs that it can follow. */
  readonly endpoint: string;
  /** Lower-case header names as they came; for what no model mentions. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal;
}

/** Any SDK command class: its input and output types are what a handler takes and gives. */
type CommandClass = abstract new (input: never) => { readonly input: object };

type CommandOutput<Command> = Command extends {
  resolveMiddleware: (...args: never[]) => (...args: never[]) => Promise<{ output: infer Output extends object }>;
}
  ? Output
  : object;

/**
 * Handlers of a service by operation name, from `typeof import('@aws-sdk/client-lambda')`. Streaming blobs arrive as
 * AsyncIterable<Uint8Array> and may be returned as Readable or Uint8Array; `$status` sets a status that no model mentions.
 */
export type OperationHandler<Input, Output> = (input: Input, context: CallContext) => Promise<Output>;

export type { ApiError, CommandClass, CommandOutput };
