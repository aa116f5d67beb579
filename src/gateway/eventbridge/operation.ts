// What every handler of EventBridge starts from.

import type { Buses, Tags } from '#buses';
import { ApiError } from '#kernel';
import type { Handler, ServiceHandlers } from '../operation.ts';

type EventBridge = typeof import('@aws-sdk/client-eventbridge');

export type EventBridgeHandlers = ServiceHandlers<EventBridge>;

export interface EventBridgeRooms {
  readonly buses: Buses;
}

/** One operation, given the rooms that it calls. */
export type EventBridgeHandler<Name extends keyof EventBridgeHandlers> = (rooms: EventBridgeRooms) => Handler<EventBridge, Name>;

/** A setting that EventBridge has and Mayfly has not, where leaving it unsaid would be a lie. */
export function refuse(member: string, what: string): ApiError {
  return new ApiError('ValidationException', `${member}: ${what} Leave the parameter out.`, { status: 400 });
}

export function refuseKey(identifier: string | undefined): void {
  // Empty is how clients take a key away: there is none.
  if (identifier !== undefined && identifier !== '')
    throw refuse('KmsKeyIdentifier', 'events are not encrypted with keys of your own here.');
}

interface TagMember {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

export function tagsOf(list: readonly TagMember[] | undefined): Tags | undefined {
  return list && Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value]));
}

export function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** `{NextToken}`, where there is a next page. */
export function nextPage(page: { readonly nextToken?: string }): { NextToken?: string } {
  return page.nextToken === undefined ? {} : { NextToken: page.nextToken };
}
