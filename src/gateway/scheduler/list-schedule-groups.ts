// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListScheduleGroups.html

import { LIMITS } from '#kernel';
import { pageToken, parsePageToken, type SchedulerHandler } from './operation.ts';
import { describeGroup } from './schedule-group.ts';

export const listScheduleGroups: SchedulerHandler<'ListScheduleGroups'> =
  ({ schedules }) =>
  async ({ NamePrefix = '', NextToken, MaxResults = LIMITS.schedulesPerPage }, { scope }) => {
    const after = NextToken === undefined ? '' : parsePageToken(NextToken);
    const all = await schedules.groups.all(scope);
    const rest = all.filter(({ name }) => name.startsWith(NamePrefix) && name > after);
    const page = rest.slice(0, MaxResults);
    const last = page.at(-1)?.name;
    return {
      ScheduleGroups: page.map((group) => describeGroup(scope, group)),
      ...(page.length === rest.length || last === undefined ? {} : { NextToken: pageToken(last) }),
    };
  };
