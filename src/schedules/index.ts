// schedules: what happens at a time that somebody said (EventBridge Scheduler), as entries of the outbox.
//
// Its promise: each due time is met once, across restarts and whatever is done to the clock; one that was slept through is met late, or
// passed over by a rule that is written down (`timing.ts`, docs/guides/operating.md). A hundred thousand idle schedules cost nothing.

export { createSchedules } from './schedules.ts';
export type { Schedules, SchedulesParts } from './schedules.ts';
export type { Schedule, ScheduleName, ScheduleSettings } from './schedule.ts';
export { DEFAULT_GROUP, groupArn, groupNameOf, scheduleArn } from './schedule-names.ts';
export { DEFAULT_RETRY } from './schedule-target.ts';
export type { ScheduleTarget } from './schedule-target.ts';
export type { ScheduleGroup } from './schedule-groups.ts';
