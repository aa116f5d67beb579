// Log groups: their settings and tags, as resources.

import { LIMITS, type Clock, type Scope } from '#kernel';
import type { Json, Resource, ResourceKey, ResourceStore } from '#store';
import { changedMeanwhile, groupExists, noSuchGroup } from './log-answers.ts';

export interface LogGroup {
  readonly name: string;
  readonly createdAtMs: number;
  /** Undefined: for ever. */
  readonly retentionInDays: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly isProtected: boolean;
}

export interface NewLogGroup {
  readonly tags?: Readonly<Record<string, string>>;
  readonly isProtected?: boolean;
}

type Settings = Omit<LogGroup, 'name'>;

const KIND = 'log-group';
/** Changes of one group by compare-and-set; each attempt lost means that somebody else's was made. */
const ATTEMPTS = 8;

export class LogGroups {
  readonly #resources: ResourceStore;
  readonly #clock: Clock;

  constructor(resources: ResourceStore, clock: Clock) {
    this.#resources = resources;
    this.#clock = clock;
  }

  async create(scope: Scope, name: string, { tags = {}, isProtected = false }: NewLogGroup): Promise<void> {
    const settings = { createdAtMs: this.#clock.now(), retentionInDays: undefined, tags, isProtected };
    if (!(await this.#put(scope, name, settings))) throw groupExists();
  }

  /** Makes the group if it is missing, as Lambda does for its functions. */
  async ensure(scope: Scope, name: string): Promise<void> {
    if ((await this.find(scope, name)) !== undefined) return;
    await this.#put(scope, name, { createdAtMs: this.#clock.now(), retentionInDays: undefined, tags: {}, isProtected: false });
  }

  async find(scope: Scope, name: string): Promise<LogGroup | undefined> {
    const resource = await this.#resources.get(keyOf(scope, name));
    return resource === undefined ? undefined : groupOf(resource);
  }

  async need(scope: Scope, name: string): Promise<LogGroup> {
    const group = await this.find(scope, name);
    if (group === undefined) throw noSuchGroup();
    return group;
  }

  async change(scope: Scope, name: string, change: (group: LogGroup) => Partial<Settings>): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const resource = await this.#resources.get(keyOf(scope, name));
      if (resource === undefined) throw noSuchGroup();
      const group = groupOf(resource);
      const body = bodyOf({ ...group, ...change(group) });
      const outcome = await this.#resources.commit([
        { key: resource.key, expect: { revision: resource.revision }, change: { put: body } },
      ]);
      if (outcome.kind === 'committed') return;
    }
    throw changedMeanwhile();
  }

  async remove(scope: Scope, name: string): Promise<void> {
    const outcome = await this.#resources.commit([{ key: keyOf(scope, name), expect: 'present', change: 'remove' }]);
    if (outcome.kind === 'conflict') throw noSuchGroup();
  }

  /** By name, those after `after`. */
  async page(
    scope: Scope,
    query: { readonly prefix?: string; readonly after?: string; readonly limit: number },
  ): Promise<readonly LogGroup[]> {
    return (await this.#resources.list({ scope, kind: KIND, ...query })).map(groupOf);
  }

  async *all(scope: Scope): AsyncGenerator<LogGroup> {
    let after: string | undefined;
    for (;;) {
      const groups = await this.page(scope, { limit: LIMITS.logGroupsPerPage, ...(after === undefined ? {} : { after }) });
      yield* groups;
      after = groups.at(-1)?.name;
      if (after === undefined) return;
    }
  }

  /** False when there is one already. */
  async #put(scope: Scope, name: string, settings: Settings): Promise<boolean> {
    const outcome = await this.#resources.commit([
      { key: keyOf(scope, name), expect: 'absent', change: { put: bodyOf(settings) } },
    ]);
    return outcome.kind === 'committed';
  }
}

function keyOf(scope: Scope, name: string): ResourceKey {
  return { scope, kind: KIND, name };
}

function bodyOf({ createdAtMs, retentionInDays, tags, isProtected }: Settings): Json {
  return { createdAtMs, tags, isProtected, ...(retentionInDays === undefined ? {} : { retentionInDays }) };
}

function groupOf({ key, body }: Resource): LogGroup {
  // Written by `bodyOf` alone.
  const settings = body as unknown as Settings;
  return {
    name: key.name,
    createdAtMs: settings.createdAtMs,
    retentionInDays: settings.retentionInDays,
    tags: settings.tags,
    isProtected: settings.isProtected,
  };
}
