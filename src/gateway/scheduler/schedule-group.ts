// A schedule group as the wire has it.

import type { ScheduleGroupSummary } from '@aws-sdk/client-scheduler';
import type { Scope } from '#kernel';
import { groupArn, type ScheduleGroup } from '#schedules';

export function describeGroup(scope: Scope, { name, state, createdAtMs, modifiedAtMs }: ScheduleGroup): ScheduleGroupSummary {
  return {
    Arn: groupArn(scope, name),
    Name: name,
    State: state,
    CreationDate: new Date(createdAtMs),
    LastModificationDate: new Date(modifiedAtMs),
  };
}
