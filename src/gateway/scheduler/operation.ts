// What every handler of EventBridge Scheduler starts from.

import { ApiError } from '#kernel';
import type { Schedules } from '#schedules';
import type { Handler, ServiceHandlers } from '../operation.ts';

type Scheduler = typeof import('@aws-sdk/client-scheduler');

export type SchedulerHandlers = ServiceHandlers<Scheduler>;

export interface SchedulerRooms {
  readonly schedules: Schedules;
}

/** One operation, given the rooms that it calls. */
export type SchedulerHandler<Name extends keyof SchedulerHandlers> = (rooms: SchedulerRooms) => Handler<Scheduler, Name>;

export function invalid(message: string): ApiError {
  return new ApiError('ValidationException', message);
}

/** The name after which a page begins, as text that says nothing. */
export function pageToken(after: string): string {
  return Buffer.from(`after:${after}`).toString('base64url');
}

export function parsePageToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('after:') || pageToken(text.slice('after:'.length)) !== token) throw invalid('The NextToken is invalid.');
  return text.slice('after:'.length);
}

/** Scheduler's lists of tags as maps; the last of two with one key counts. */
export function tagMap(tags: readonly { readonly Key: string; readonly Value: string }[]): Readonly<Record<string, string>> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}
