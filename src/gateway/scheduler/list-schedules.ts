// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html

import { LIMITS } from '#kernel';
import { scheduleArn } from '#schedules';
import { pageToken, parsePageToken, type SchedulerHandler } from './operation.ts';

export const listSchedules: SchedulerHandler<'ListSchedules'> =
  ({ schedules }) =>
  async ({ GroupName, NamePrefix, State, NextToken, MaxResults }, { scope }) => {
    const page = await schedules.book.list({
      scope,
      group: GroupName,
      namePrefix: NamePrefix,
      isEnabled: State === undefined ? undefined : State === 'ENABLED',
      after: NextToken === undefined ? undefined : parsePageToken(NextToken),
      limit: MaxResults ?? LIMITS.schedulesPerPage,
    });
    return {
      Schedules: page.schedules.map((schedule) => ({
        Arn: scheduleArn(schedule),
        Name: schedule.name,
        GroupName: schedule.group,
        State: schedule.settings.isEnabled ? ('ENABLED' as const) : ('DISABLED' as const),
        CreationDate: new Date(schedule.createdAtMs),
        LastModificationDate: new Date(schedule.modifiedAtMs),
        Target: { Arn: schedule.settings.target.arn },
      })),
      ...(page.next === undefined ? {} : { NextToken: pageToken(page.next) }),
    };
  };
