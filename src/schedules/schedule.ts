// A schedule as it is kept: what was asked for, read and completed once.

import { parseExpression, type Expression } from '#calendar';
import type { Scope } from '#kernel';
import type { Json, Resource, ResourceKey } from '#store';
import type { ScheduleTarget } from './schedule-target.ts';

/** What a caller says of a schedule. An update says all of it again. */
export interface ScheduleSettings {
  readonly expression: string;
  readonly zone: string;
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
  readonly description?: string | undefined;
  readonly isEnabled: boolean;
  /** A due time is met at a random moment of so many minutes; at once where it says nothing. */
  readonly windowMinutes?: number | undefined;
  readonly isDeletedAfterCompletion: boolean;
  readonly target: ScheduleTarget;
}

export interface ScheduleName {
  readonly scope: Scope;
  readonly group: string;
  readonly name: string;
}

export interface Schedule extends ScheduleName {
  readonly settings: ScheduleSettings;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  /** From here a rate counts: its start, or else when it was said. */
  readonly anchorMs: number;
  readonly clientToken?: string | undefined;
}

export const SCHEDULE_KIND = 'schedule';

export function scheduleKey({ scope, group, name }: ScheduleName): ResourceKey {
  return { scope, kind: SCHEDULE_KIND, name: `${group}/${name}` };
}

export function bodyOfSchedule({ settings, createdAtMs, modifiedAtMs, anchorMs, clientToken }: Schedule): Json {
  // Through JSON, so that members that say nothing are not there.
  return JSON.parse(JSON.stringify({ settings, createdAtMs, modifiedAtMs, anchorMs, clientToken })) as Json;
}

export function scheduleOf({ key, body }: Resource): Schedule {
  const [group = '', name = ''] = key.name.split('/');
  // Written by `bodyOfSchedule` alone.
  return { ...(body as unknown as Schedule), scope: key.scope, group, name };
}

export function expressionOf({ expression }: ScheduleSettings): Expression {
  const parsed = parseExpression(expression);
  if (parsed === undefined) throw new Error(`The schedule expression ${expression} was checked, and cannot be read now.`);
  return parsed;
}
