// ARNs of schedules and their groups.

import type { Scope } from '#kernel';
import type { ScheduleName } from './schedule.ts';
import { noSuchGroup } from './schedule-answers.ts';

/** It is always there, and cannot be deleted. */
export const DEFAULT_GROUP = 'default';

export function scheduleArn({ scope, group, name }: ScheduleName): string {
  return `arn:aws:scheduler:${scope.region}:${scope.account}:schedule/${group}/${name}`;
}

export function groupArn(scope: Scope, name: string): string {
  return `arn:aws:scheduler:${scope.region}:${scope.account}:schedule-group/${name}`;
}

/** The model has checked the shape; another account or region has none of ours. */
export function groupNameOf(scope: Scope, arn: string): string {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  if (arn !== groupArn(scope, name)) throw noSuchGroup(name);
  return name;
}
