// What a service brings to the gateway: its handlers, and which of them anybody may reach.

import type { ServiceName } from '#wire';
import type { CallContext } from './operation.ts';

/** A handler without its types: the mapped types of operation.ts hold where it is written. */
export type AnyHandler = (input: never, context: CallContext) => Promise<object>;

export interface Service {
  readonly handlers: Readonly<Record<string, AnyHandler | undefined>>;
  /** Operations that unsigned requests reach, as the anonymous principal; the handler decides about them. */
  readonly anonymous?: ReadonlySet<string>;
}

export type Services = Readonly<Partial<Record<ServiceName, Service>>>;
