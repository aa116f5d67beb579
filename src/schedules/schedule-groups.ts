// Schedule groups: made, tagged, listed, and deleted with their schedules.
//
// I1: a group that is being deleted takes no new schedule: whoever makes one checks the group in the same step.
// I2: a group is gone after its last schedule. A deletion that a kill interrupted goes on at the next start.

import { LIMITS, type Clock, type Log, type Scope } from '#kernel';
import type { Json, Resource, ResourceChange, ResourceKey, Store } from '#store';
import { timerKey } from './firing.ts';
import { changedMeanwhile, groupExists, groupIsDeleted, invalid, noSuchGroup, quotaExceeded } from './schedule-answers.ts';
import { SCHEDULE_KIND, scheduleOf } from './schedule.ts';
import { DEFAULT_GROUP } from './schedule-names.ts';

export type Tags = Readonly<Record<string, string>>;

export interface ScheduleGroup {
  readonly name: string;
  readonly state: 'ACTIVE' | 'DELETING';
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  readonly tags: Tags;
  readonly clientToken?: string | undefined;
}

export interface NewScheduleGroup {
  readonly tags: Tags;
  readonly clientToken?: string | undefined;
}

export interface ScheduleGroupsParts {
  readonly store: Pick<Store, 'resources' | 'timers'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly scopes: readonly Scope[];
}

const KIND = 'schedule-group';
/** Changes by compare-and-set; each attempt lost means that somebody else's was made. */
const ATTEMPTS = 8;
/** Schedules that one step of a group's deletion removes. */
const REMOVED_AT_ONCE = 200;

export class ScheduleGroups {
  readonly #parts: ScheduleGroupsParts;
  readonly #deletions = new Set<Promise<void>>();
  #closed = false;

  constructor(parts: ScheduleGroupsParts) {
    this.#parts = parts;
  }

  /** Goes on with deletions that were interrupted. */
  async start(): Promise<void> {
    for (const scope of this.#parts.scopes) {
      for (const { name, state } of await this.all(scope)) if (state === 'DELETING') this.#delete(scope, name);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#deletions);
  }

  async create(scope: Scope, name: string, { tags, clientToken }: NewScheduleGroup): Promise<void> {
    const found = await this.find(scope, name);
    if (found !== undefined) {
      if (clientToken !== undefined && found.clientToken === clientToken && found.state === 'ACTIVE') return;
      throw found.state === 'DELETING' ? groupIsDeleted(name) : groupExists(name);
    }
    if ((await this.all(scope)).length > LIMITS.scheduleGroups)
      throw quotaExceeded(`An account has at most ${LIMITS.scheduleGroups} schedule groups.`);
    checkTags(tags);
    const nowMs = this.#parts.clock.now();
    const group: ScheduleGroup = { name, state: 'ACTIVE', createdAtMs: nowMs, modifiedAtMs: nowMs, tags, clientToken };
    const change: ResourceChange = { key: keyOf(scope, name), expect: 'absent', change: { put: bodyOf(group) } };
    const outcome = await this.#parts.store.resources.commit([change]);
    if (outcome.kind === 'conflict') throw groupExists(name);
  }

  async find(scope: Scope, name: string): Promise<ScheduleGroup | undefined> {
    const resource = await this.#parts.store.resources.get(keyOf(scope, name));
    if (resource !== undefined) return groupOf(resource);
    return name === DEFAULT_GROUP ? DEFAULT : undefined;
  }

  async need(scope: Scope, name: string): Promise<ScheduleGroup> {
    const group = await this.find(scope, name);
    if (group === undefined) throw noSuchGroup(name);
    return group;
  }

  /** That the group is there and stays so, as a part of the step that adds a schedule to it (I1). */
  async guard(scope: Scope, name: string): Promise<readonly ResourceChange[]> {
    if (name === DEFAULT_GROUP) return [];
    const resource = await this.#parts.store.resources.get(keyOf(scope, name));
    if (resource === undefined) throw noSuchGroup(name);
    if (groupOf(resource).state === 'DELETING') throw groupIsDeleted(name);
    return [{ key: resource.key, expect: { revision: resource.revision }, change: 'check' }];
  }

  /** By name. There are few enough to be read at once. */
  async all(scope: Scope): Promise<readonly ScheduleGroup[]> {
    const resources = await this.#parts.store.resources.list({ scope, kind: KIND, limit: LIMITS.scheduleGroups + 1 });
    const groups = resources.map(groupOf);
    if (!groups.some(({ name }) => name === DEFAULT_GROUP)) groups.push(DEFAULT);
    return groups.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  }

  async tag(scope: Scope, name: string, added: Tags): Promise<void> {
    // Entries and not a spread into a literal: a key may be `__proto__`.
    await this.#change(scope, name, ({ tags }) => ({
      tags: checkTags(Object.fromEntries([...Object.entries(tags), ...Object.entries(added)])),
    }));
  }

  async untag(scope: Scope, name: string, keys: readonly string[]): Promise<void> {
    await this.#change(scope, name, ({ tags }) => ({
      tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key))),
    }));
  }

  /** Resolves when it is certain that group and schedules will go; `DELETING` is to be seen until they have. */
  async remove(scope: Scope, name: string): Promise<void> {
    if (name === DEFAULT_GROUP) throw invalid('The default schedule group cannot be deleted.');
    await this.#change(scope, name, () => ({ state: 'DELETING' }));
    this.#delete(scope, name);
  }

  async #change(scope: Scope, name: string, change: (group: ScheduleGroup) => Partial<ScheduleGroup>): Promise<void> {
    const { clock, store } = this.#parts;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const key = keyOf(scope, name);
      const resource = await store.resources.get(key);
      const group = resource === undefined && name === DEFAULT_GROUP ? DEFAULT : resource && groupOf(resource);
      if (group === undefined) throw noSuchGroup(name);
      const body = bodyOf({ ...group, ...change(group), modifiedAtMs: clock.now() });
      const expect = resource === undefined ? 'absent' : { revision: resource.revision };
      if ((await store.resources.commit([{ key, expect, change: { put: body } }])).kind === 'committed') return;
    }
    throw changedMeanwhile(`Schedule group ${name}`);
  }

  #delete(scope: Scope, name: string): void {
    const deletion = this.#deleteAll(scope, name)
      .catch((cause: unknown) => {
        // It stays DELETING, and the next start goes on.
        this.#parts.log.write('error', 'schedule-group.not-deleted', { group: name, cause });
      })
      .finally(() => this.#deletions.delete(deletion));
    this.#deletions.add(deletion);
  }

  async #deleteAll(scope: Scope, name: string): Promise<void> {
    const { resources, timers } = this.#parts.store;
    while (!this.#closed) {
      const group = await resources.get(keyOf(scope, name));
      // Gone, or made anew since: another deletion was faster.
      if (group === undefined || groupOf(group).state === 'ACTIVE') return;
      const found = await resources.list({ scope, kind: SCHEDULE_KIND, prefix: `${name}/`, limit: REMOVED_AT_ONCE });
      const isLast = found.length < REMOVED_AT_ONCE;
      await timers.set(
        found.map((resource) => ({ remove: timerKey(scheduleOf(resource)) })),
        [
          ...found.map(({ key }): ResourceChange => ({ key, expect: 'any', change: 'remove' })),
          { key: group.key, expect: { revision: group.revision }, change: isLast ? 'remove' : 'check' },
        ],
      );
    }
  }
}

const DEFAULT: ScheduleGroup = { name: DEFAULT_GROUP, state: 'ACTIVE', createdAtMs: 0, modifiedAtMs: 0, tags: {} };

function keyOf(scope: Scope, name: string): ResourceKey {
  return { scope, kind: KIND, name };
}

function bodyOf({ name: _inTheKey, ...group }: ScheduleGroup): Json {
  return JSON.parse(JSON.stringify(group)) as Json;
}

function groupOf({ key, body }: Resource): ScheduleGroup {
  // Written by `bodyOf` alone.
  return { ...(body as unknown as ScheduleGroup), name: key.name };
}

function checkTags(tags: Tags): Tags {
  const keys = Object.keys(tags);
  if (keys.length > LIMITS.scheduleGroupTags) throw invalid(`A schedule group has at most ${LIMITS.scheduleGroupTags} tags.`);
  if (keys.some((key) => /^aws:/i.test(key))) throw invalid('Tag keys that begin with aws: are reserved for AWS.');
  return tags;
}
