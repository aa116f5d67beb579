// What a schedule does when its timer is due: one step sends, plans the next time, or ends the schedule.

import type { Firing } from '#calendar';
import type { Clock, Log, Random } from '#kernel';
import type { ClaimedTimer, NewTimer, ResourceStore, TimerKey } from '#store';
import { deliveriesOf } from './occurrence.ts';
import { scheduleKey, scheduleOf, type Schedule, type ScheduleName } from './schedule.ts';
import { scheduleArn } from './schedule-names.ts';
import { turnOf, type Planned } from './timing.ts';

export const SCHEDULE_LANE = 'schedules';

export interface FiringParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly resources: Pick<ResourceStore, 'get'>;
}

export function timerKey({ scope, group, name }: ScheduleName): TimerKey {
  return { lane: SCHEDULE_LANE, name: `${scope.account}/${scope.region}/${group}/${name}` };
}

export function timerOf(schedule: ScheduleName, { scheduledMs, dueAtMs }: Planned): NewTimer {
  return {
    ...timerKey(schedule),
    dueAtMs,
    attributes: { ...schedule.scope, group: schedule.group, name: schedule.name, scheduledMs },
  };
}

/** What `timerOf` wrote. */
type TimerAttributes = Schedule['scope'] & { readonly group: string; readonly name: string; readonly scheduledMs: number };

export async function fireSchedule(parts: FiringParts, timer: ClaimedTimer): Promise<Firing> {
  const { clock, random, log, resources } = parts;
  const { account, region, group, name, scheduledMs } = timer.attributes as unknown as TimerAttributes;
  const resource = await resources.get(scheduleKey({ scope: { account, region }, group, name }));
  // Deleted or disabled at this moment: its timer is gone by now, and the firing comes to nothing.
  if (resource === undefined) return { next: 'done', deliveries: [] };
  const schedule = scheduleOf(resource);
  const nowMs = clock.now();
  const turn = turnOf(schedule, { scheduledMs, dueAtMs: timer.dueAtMs }, { nowMs, random });
  if (turn.hasMissed) {
    const since = new Date(scheduledMs).toISOString();
    log.write('warn', 'schedule.missed', { schedule: scheduleArn(schedule), since, met: new Date(turn.scheduledMs).toISOString() });
  }
  const deliveries = deliveriesOf(schedule, { ...turn, nowMs }, random);
  if (turn.next !== undefined) {
    const { dueAtMs, attributes } = timerOf(schedule, turn.next);
    return { next: { dueAtMs, attributes }, deliveries };
  }
  if (!schedule.settings.isDeletedAfterCompletion) return { next: 'done', deliveries };
  const removal = { key: resource.key, expect: { revision: resource.revision }, change: 'remove' } as const;
  return { next: 'done', deliveries, resources: [removal] };
}
