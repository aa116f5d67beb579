// Schedules: made, changed, listed and deleted, each in one step with its timer.
//
// I1: a schedule that is enabled and has a due time to come has a timer, and no other has one.
// I2: a change that does not touch when a schedule is due does not touch its timer, so that no due time is lost or met twice by it.

import { LIMITS, type Clock, type Random, type Scope } from '#kernel';
import type { ResourceChange, Store, TimerChange } from '#store';
import { timerKey, timerOf } from './firing.ts';
import { changedMeanwhile, noSuchSchedule, scheduleExists } from './schedule-answers.ts';
import type { ScheduleGroups } from './schedule-groups.ts';
import { checkSettings } from './schedule-rules.ts';
import { bodyOfSchedule, SCHEDULE_KIND, scheduleKey, scheduleOf } from './schedule.ts';
import type { Schedule, ScheduleName, ScheduleSettings } from './schedule.ts';
import { plan, startOf } from './timing.ts';

export interface ScheduleBookParts {
  readonly store: Pick<Store, 'resources' | 'timers'>;
  readonly groups: ScheduleGroups;
  readonly clock: Clock;
  readonly random: Random;
}

export interface ScheduleQuery {
  readonly scope: Scope;
  readonly group?: string | undefined;
  readonly namePrefix?: string | undefined;
  readonly isEnabled?: boolean | undefined;
  /** `group/name` of the last one of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface SchedulePage {
  readonly schedules: readonly Schedule[];
  /** Where the next page begins. A page may have fewer than it could, or none, and still not be the last. */
  readonly next: string | undefined;
}

const ATTEMPTS = 8;
/** What one page looks at, for those that pass its filter. */
const LOOKED_AT = 1000;

export class ScheduleBook {
  readonly #parts: ScheduleBookParts;

  constructor(parts: ScheduleBookParts) {
    this.#parts = parts;
  }

  async create(named: ScheduleName, settings: ScheduleSettings, clientToken?: string): Promise<void> {
    const { clock, groups, random, store } = this.#parts;
    const nowMs = clock.now();
    checkSettings(settings, { scope: named.scope, nowMs });
    const anchorMs = settings.startMs ?? nowMs;
    const schedule: Schedule = { ...named, settings, createdAtMs: nowMs, modifiedAtMs: nowMs, anchorMs, clientToken };
    const planned = settings.isEnabled ? plan(schedule, startOf(schedule, nowMs), random) : undefined;
    const timers: readonly TimerChange[] = planned === undefined ? [] : [{ put: timerOf(named, planned) }];
    const key = scheduleKey(named);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const guard = await groups.guard(named.scope, named.group);
      const put: ResourceChange = { key, expect: 'absent', change: { put: bodyOfSchedule(schedule) } };
      const outcome = await store.timers.set(timers, [put, ...guard]);
      if (outcome.kind === 'committed') return;
      if (outcome.key.kind !== SCHEDULE_KIND) continue;
      if (outcome.found !== undefined && isSame(scheduleOf(outcome.found), schedule)) return;
      throw scheduleExists(named.name);
    }
    throw changedMeanwhile(`Schedule group ${named.group}`);
  }

  /** All settings anew: what is not said again is as if it had never been said. */
  async update(named: ScheduleName, settings: ScheduleSettings): Promise<void> {
    const { clock, groups, random, store } = this.#parts;
    await groups.need(named.scope, named.group);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const found = await store.resources.get(scheduleKey(named));
      if (found === undefined) throw noSuchSchedule(named.name);
      const before = scheduleOf(found);
      const nowMs = clock.now();
      checkSettings(settings, { scope: named.scope, nowMs, earlier: before.settings });
      const isSameRate = settings.expression === before.settings.expression && settings.startMs === before.settings.startMs;
      const anchorMs = isSameRate ? before.anchorMs : (settings.startMs ?? nowMs);
      const schedule: Schedule = { ...before, settings, anchorMs, modifiedAtMs: nowMs };
      const put: ResourceChange = {
        key: found.key,
        expect: { revision: found.revision },
        change: { put: bodyOfSchedule(schedule) },
      };
      const timers = timersAfter(before, schedule, { nowMs, random });
      if ((await store.timers.set(timers, [put])).kind === 'committed') return;
    }
    throw changedMeanwhile(`Schedule ${named.name}`);
  }

  async need(named: ScheduleName): Promise<Schedule> {
    await this.#parts.groups.need(named.scope, named.group);
    const found = await this.#parts.store.resources.get(scheduleKey(named));
    if (found === undefined) throw noSuchSchedule(named.name);
    return scheduleOf(found);
  }

  async remove(named: ScheduleName): Promise<void> {
    await this.#parts.groups.need(named.scope, named.group);
    const removal: ResourceChange = { key: scheduleKey(named), expect: 'present', change: 'remove' };
    const outcome = await this.#parts.store.timers.set([{ remove: timerKey(named) }], [removal]);
    if (outcome.kind === 'conflict') throw noSuchSchedule(named.name);
  }

  /** By group and name. */
  async list(query: ScheduleQuery): Promise<SchedulePage> {
    const { scope, isEnabled, limit } = query;
    const schedules: Schedule[] = [];
    let after = query.after;
    let lookedAt = 0;
    for (const prefix of await this.#prefixes(query)) {
      for (;;) {
        const pageSize = Math.min(LIMITS.schedulesPerPage, LOOKED_AT - lookedAt);
        const found = await this.#parts.store.resources.list({
          scope,
          kind: SCHEDULE_KIND,
          prefix,
          limit: pageSize,
          ...(after === undefined ? {} : { after }),
        });
        for (const resource of found) {
          lookedAt += 1;
          after = resource.key.name;
          const schedule = scheduleOf(resource);
          if (isEnabled === undefined || schedule.settings.isEnabled === isEnabled) schedules.push(schedule);
          if (schedules.length === limit || lookedAt === LOOKED_AT) return { schedules, next: after };
        }
        if (found.length < pageSize) break;
      }
    }
    return { schedules, next: undefined };
  }

  /** Where the wanted ones lie, in the order of the store's keys: one seek each. */
  async #prefixes({ scope, group, namePrefix }: ScheduleQuery): Promise<readonly string[]> {
    if (group !== undefined) return [`${(await this.#parts.groups.need(scope, group)).name}/${namePrefix ?? ''}`];
    if (namePrefix === undefined) return [''];
    const groups = await this.#parts.groups.all(scope);
    return groups.map(({ name }) => `${name}/${namePrefix}`).toSorted();
  }
}

interface Now {
  readonly nowMs: number;
  readonly random: Random;
}

function timersAfter(before: Schedule, after: Schedule, { nowMs, random }: Now): readonly TimerChange[] {
  if (timingOf(before) === timingOf(after)) return [];
  if (!after.settings.isEnabled) return [{ remove: timerKey(after) }];
  // The same times, enabled again or within other bounds: those that have come count no more.
  const isNew = before.settings.expression !== after.settings.expression || before.settings.zone !== after.settings.zone;
  const planned = plan(after, isNew ? startOf(after, nowMs) : nowMs, random);
  return [planned === undefined ? { remove: timerKey(after) } : { put: timerOf(after, planned) }];
}

/** Everything that says when. */
function timingOf({ settings, anchorMs }: Schedule): string {
  const { expression, zone, startMs, endMs, isEnabled, windowMinutes } = settings;
  return JSON.stringify([expression, zone, startMs, endMs, isEnabled, windowMinutes, anchorMs]);
}

/** The same request again: a client that did not hear the answer. */
function isSame(found: Schedule, asked: Schedule): boolean {
  const said = ({ settings }: Schedule): string => JSON.stringify(bodyOfSchedule({ ...asked, settings }));
  return asked.clientToken !== undefined && found.clientToken === asked.clientToken && said(found) === said(asked);
}
