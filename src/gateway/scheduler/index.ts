// EventBridge Scheduler: every operation that is served, by name. https://docs.aws.amazon.com/scheduler/latest/APIReference/

import { createScheduleGroup } from './create-schedule-group.ts';
import { createSchedule } from './create-schedule.ts';
import { deleteScheduleGroup } from './delete-schedule-group.ts';
import { deleteSchedule } from './delete-schedule.ts';
import { getScheduleGroup } from './get-schedule-group.ts';
import { getSchedule } from './get-schedule.ts';
import { listScheduleGroups } from './list-schedule-groups.ts';
import { listSchedules } from './list-schedules.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import type { SchedulerHandlers, SchedulerRooms } from './operation.ts';
import { tagResource } from './tag-resource.ts';
import { untagResource } from './untag-resource.ts';
import { updateSchedule } from './update-schedule.ts';

export function schedulerHandlers(rooms: SchedulerRooms): SchedulerHandlers {
  return {
    CreateSchedule: createSchedule(rooms),
    CreateScheduleGroup: createScheduleGroup(rooms),
    DeleteSchedule: deleteSchedule(rooms),
    DeleteScheduleGroup: deleteScheduleGroup(rooms),
    GetSchedule: getSchedule(rooms),
    GetScheduleGroup: getScheduleGroup(rooms),
    ListScheduleGroups: listScheduleGroups(rooms),
    ListSchedules: listSchedules(rooms),
    ListTagsForResource: listTagsForResource(rooms),
    TagResource: tagResource(rooms),
    UntagResource: untagResource(rooms),
    UpdateSchedule: updateSchedule(rooms),
  };
}
