// The contract between the wire and the handlers: one handler per AWS operation, typed by the published SDK.

import type { Readable } from 'node:stream';
import type { Principal } from '#identity';
import type { RequestId, Scope } from '#kernel';

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
  /** The caller's IP address; empty on a unix socket. */
  readonly sourceAddress: string;
  /** S3: trailing headers of a chunked upload (`x-amz-checksum-crc32`), checked; there when the input's stream has ended. */
  readonly trailers: ReadonlyMap<string, string>;
  /** Aborts when the caller is gone, and when the gateway closes: for answers that would not end by themselves. */
  readonly signal: AbortSignal;
  /** Aborts when the caller is gone: for answers that have an end, and are given up when nobody waits for it. */
  readonly callerGone: AbortSignal;
}

/**
 * One operation. Its input has passed the model: required members are there, types and constraints hold, and what the
 * model does not know is gone. It throws `ApiError` for AWS's errors; anything else that it throws is answered with 500.
 */
export type OperationHandler<Input, Output> = (input: Input, context: CallContext) => Promise<Output>;

/**
 * Every handler of a service by operation name, from `typeof import('@aws-sdk/client-lambda')`: a wrong operation name,
 * input member or output type does not compile.
 */
export type Handlers<Service> = {
  readonly [Command in keyof Service as OperationName<Service, Command>]: Service[Command] extends abstract new (
    input: never,
  ) => infer Instance
    ? OperationHandler<Received<CommandInput<Instance>>, Answer<CommandOutput<Instance>>>
    : never;
};

/** The handlers that there are; an operation without one is answered as unknown, in its own protocol. */
export type ServiceHandlers<Service> = Partial<Handlers<Service>>;

/** One handler by name: `export const invoke: Handler<Lambda, 'Invoke'> = async (input, context) => …`. */
export type Handler<Service, Name extends keyof Handlers<Service>> = Handlers<Service>[Name];

export type HandlerInput<Service, Name extends keyof Handlers<Service>> =
  Handlers<Service>[Name] extends OperationHandler<infer Input, infer _Output> ? Input : never;

export type HandlerOutput<Service, Name extends keyof Handlers<Service>> =
  Handlers<Service>[Name] extends OperationHandler<infer _Input, infer Output> ? Output : never;

/** `InvokeCommand` → `Invoke`; `$Command` is the base class of all and no operation. */
type OperationName<Service, Export extends keyof Service> = Export extends `${infer Name}Command`
  ? Name extends '$' | ''
    ? never
    : Service[Export] extends abstract new (input: never) => CommandShape
      ? Name
      : never
  : never;

interface CommandShape {
  readonly input: object;
  resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: object }>;
}

type CommandInput<Instance> = Instance extends { readonly input: infer Input } ? Input : never;

type CommandOutput<Instance> = Instance extends {
  resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: infer Output }>;
}
  ? Output
  : never;

/**
 * What the wire makes of an SDK's input: a payload that the SDK takes in many forms arrives in one, and a member that the
 * SDK declares as `string | undefined` without a question mark (its way to say "required") is never undefined.
 */
type Received<Value> = Value extends Uint8Array | Date | string | number | boolean | bigint | null | undefined
  ? Value
  : Value extends readonly (infer Item)[]
    ? Received<Exclude<Item, undefined>>[]
    : Value extends AsyncIterable<unknown>
      ? Value
      : Value extends object
        ? { [Member in keyof Value]: ReceivedMember<Value, Member> }
        : Value;

/** Payloads are told apart by what the SDK accepts for them: an ArrayBuffer only for a blob, a Readable for a stream too. */
type ReceivedMember<Struct, Member extends keyof Struct> = [Extract<Struct[Member], ArrayBuffer>] extends [never]
  ? [Extract<Struct[Member], Readable>] extends [never]
    ? object extends Pick<Struct, Member>
      ? Received<Struct[Member]>
      : Received<Exclude<Struct[Member], undefined>>
    : AsyncIterable<Uint8Array>
  : Uint8Array;

/** What a handler answers: the SDK's output without its client-side trimmings, plus what no model mentions. */
type Answer<Output> = {
  readonly [Member in keyof Output as Member extends '$metadata' ? never : Member]: AnswerMember<Output[Member]>;
} & {
  /** A status that the model does not name, for instance 206 for a range. */
  readonly $status?: number;
  readonly $headers?: Readonly<Record<string, string>>;
};

type AnswerMember<Value> = [Extract<Value, Readable>] extends [never]
  ? [Extract<Value, Uint8Array>] extends [never]
    ? Value
    : Uint8Array | undefined
  : Readable | Uint8Array | undefined;
