// The room put together: the book, the groups, and the lane that fires.

import { TimerLane } from '#calendar';
import type { Clock, Log, Random, Scope } from '#kernel';
import type { Store } from '#store';
import { fireSchedule, SCHEDULE_LANE } from './firing.ts';
import { ScheduleBook } from './schedule-book.ts';
import { ScheduleGroups } from './schedule-groups.ts';

export interface SchedulesParts {
  readonly store: Pick<Store, 'resources' | 'timers' | 'changed'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Accounts and regions that are served. */
  readonly scopes: readonly Scope[];
}

export interface Schedules {
  readonly groups: ScheduleGroups;
  readonly book: ScheduleBook;
  /** Fires what is due, also what became due while nobody was there. */
  start(): Promise<void>;
  /** Fires nothing more. The store stays open. */
  close(): Promise<void>;
}

export function createSchedules({ store, clock, random, log, scopes }: SchedulesParts): Schedules {
  const groups = new ScheduleGroups({ store, clock, log, scopes });
  const book = new ScheduleBook({ store, groups, clock, random });
  const lane = new TimerLane({
    clock,
    log,
    timers: store.timers,
    onChanged: (listener) => store.changed('timers', listener),
    lane: SCHEDULE_LANE,
    decide: (timer) => fireSchedule({ clock, random, log, resources: store.resources }, timer),
  });
  return {
    groups,
    book,
    async start() {
      await groups.start();
      lane.start();
    },
    async close() {
      await lane.close();
      await groups.close();
    },
  };
}
