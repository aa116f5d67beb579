// An asynchronous invocation as it is stored: a delivery of the lane `invoke`, whose id is the request id of all its attempts.

import type { FunctionName, RequestId, Scope } from '#kernel';
import type { FunctionTarget, InvocableFunction } from '#registry';
import type { Json, NewDelivery } from '#store';

export const EVENT_LANE = 'invoke';

export interface NewEvent {
  readonly requestId: RequestId;
  readonly scope: Scope;
  /** As the caller named the function, with its alias or version; it is resolved again at every attempt. */
  readonly functionArn: string;
  /** JSON text. */
  readonly payload: Uint8Array;
  readonly clientContext?: string | undefined;
  readonly traceHeader?: string | undefined;
  /** Where the function keeps tenants apart. */
  readonly tenantId?: string | undefined;
}

/** An event whose function is durable: an execution is begun for it, and the event is that from then on. */
export interface DurableEvent {
  readonly requestId: RequestId;
  /** For its tenant, where it keeps tenants apart. */
  readonly invocable: InvocableFunction;
  readonly payload: Uint8Array;
  readonly clientContext: string | undefined;
  readonly traceHeader: string;
}

/** What a delivery carries beside its payload; each may be missing, as in deliveries that other rooms make. */
export interface EventAttributes {
  readonly clientContext: string | undefined;
  readonly traceHeader: string | undefined;
  readonly tenantId: string | undefined;
}

export function deliveryOf(event: NewEvent, nowMs: number): NewDelivery {
  const attributes: Record<string, Json> = {};
  if (event.clientContext !== undefined) attributes['clientContext'] = event.clientContext;
  if (event.traceHeader !== undefined) attributes['traceHeader'] = event.traceHeader;
  if (event.tenantId !== undefined) attributes['tenantId'] = event.tenantId;
  return {
    id: event.requestId,
    scope: event.scope,
    lane: EVENT_LANE,
    target: event.functionArn,
    payload: event.payload,
    attributes,
    acceptedAtMs: nowMs,
    dueAtMs: nowMs,
  };
}

export function attributesOf(attributes: Json): EventAttributes {
  const members = typeof attributes === 'object' && attributes !== null && !Array.isArray(attributes) ? attributes : {};
  return {
    clientContext: text(members, 'clientContext'),
    traceHeader: text(members, 'traceHeader'),
    tenantId: text(members, 'tenantId'),
  };
}

/** An event's attempts share the id of the delivery, which whoever accepted it has made from a request's. */
export function requestIdOf({ id }: Pick<NewDelivery, 'id'>): RequestId {
  return id as RequestId;
}

const ARN = /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:([\w-]{1,64})(?::([\w$.-]{1,128}))?$/;

export function targetOf(functionArn: string): FunctionTarget | undefined {
  const [, name, qualifier] = ARN.exec(functionArn) ?? [];
  return name === undefined ? undefined : { name: name as FunctionName, qualifier };
}

function text(members: object, name: string): string | undefined {
  const value: unknown = (members as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : undefined;
}
