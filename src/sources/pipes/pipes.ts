// Pipes as they are made, changed, started and stopped. Each is one document.
//
// Owns: the listeners. Invariants: I1 a pipe that is between two states is changed by `settle` alone. I2 listeners of a change have run
// before its promise resolves.

import type { Clock, Scope } from '#kernel';
import { LIMITS } from '#kernel';
import type { Json, Resource, ResourceStore } from '#store';
import { conflict, invalid, noSuchPipe } from './pipe-answers.ts';
import { listPipes, pipesOf } from './pipe-list.ts';
import type { PipePage, PipeQuery } from './pipe-list.ts';
import type { FoundPipe, PipeRecord, PipeTransition } from './pipe-record.ts';
import { pipeKey, pipeOf, stateOf } from './pipe-record.ts';
import { pipeSettingsOf } from './pipe-settings.ts';
import type { PipeRequest } from './pipe-settings.ts';

export interface PipesOptions {
  readonly resources: ResourceStore;
  readonly queueExists: (arn: string) => Promise<boolean>;
  readonly clock: Clock;
}

export type PipeListener = (scope: Scope, found: FoundPipe) => void;

/** Each operation takes the scope first and throws the errors of EventBridge Pipes. */
export interface Pipes {
  create(scope: Scope, request: PipeRequest & { readonly Name: string }): Promise<PipeRecord>;
  update(scope: Scope, name: string, request: PipeRequest): Promise<PipeRecord>;
  delete(scope: Scope, name: string): Promise<PipeRecord>;
  get(scope: Scope, name: string): Promise<PipeRecord>;
  list(scope: Scope, query: PipeQuery): Promise<PipePage>;
  start(scope: Scope, name: string): Promise<PipeRecord>;
  stop(scope: Scope, name: string): Promise<PipeRecord>;
  tag(scope: Scope, name: string, tags: Tags): Promise<void>;
  untag(scope: Scope, name: string, keys: readonly string[]): Promise<void>;
  /** Every pipe of an account, for whoever runs them. */
  all(scope: Scope): AsyncIterable<FoundPipe>;
  /** The transition has happened. Without effect where the pipe has been changed since `revision`. */
  settle(scope: Scope, name: string, revision: number): Promise<void>;
  onChanged(listener: PipeListener): void;
}

type Tags = Readonly<Record<string, string>>;

const ATTEMPTS_MAX = 10;

export function createPipes({ resources, queueExists, clock }: PipesOptions): Pipes {
  const listeners: PipeListener[] = [];

  async function find(scope: Scope, name: string): Promise<Resource> {
    const found = await resources.get(pipeKey(scope, name));
    if (found === undefined) throw noSuchPipe(name);
    return found;
  }

  async function commit(scope: Scope, found: Resource | undefined, record: PipeRecord): Promise<boolean> {
    const expect = found === undefined ? ('absent' as const) : { revision: found.revision };
    const body = record as unknown as Json;
    const outcome = await resources.commit([{ key: pipeKey(scope, record.name), expect, change: { put: body } }]);
    if (outcome.kind === 'conflict') return false;
    for (const listener of listeners) listener(scope, { record, revision: outcome.revisions[0] ?? 0 });
    return true;
  }

  async function change(
    scope: Scope,
    name: string,
    decide: (before: PipeRecord) => Promise<PipeRecord> | PipeRecord,
  ): Promise<PipeRecord> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const found = await find(scope, name);
      const record = await decide(pipeOf(found).record);
      if (await commit(scope, found, record)) return record;
    }
    throw conflict(`Pipe ${name} is changed by too many callers at once. Try again.`);
  }

  async function checkQueue(arn: string): Promise<void> {
    if (!(await queueExists(arn))) throw invalid(`The source ${arn} does not exist.`);
  }

  /** I1 */
  const moved = (scope: Scope, name: string, transition: PipeTransition, more: Partial<PipeRecord> = {}) =>
    change(scope, name, (before) => {
      refuseInTransition(before);
      if (more.desired !== undefined && more.desired === before.desired)
        throw conflict(`Pipe ${name} is ${before.desired.toLowerCase()} already.`);
      return { ...before, ...more, transition, modifiedAtMs: clock.now() };
    });

  return {
    async create(scope, request) {
      const settings = pipeSettingsOf(scope, request);
      await checkQueue(settings.source);
      const nowMs = clock.now();
      const record: PipeRecord = {
        ...settings,
        name: request.Name,
        desired: request.DesiredState ?? 'RUNNING',
        transition: 'CREATING',
        tags: withTags({}, request.Tags ?? {}),
        createdAtMs: nowMs,
        modifiedAtMs: nowMs,
      };
      if (await commit(scope, undefined, record)) return record;
      throw conflict(`Pipe ${request.Name} already exists.`);
    },
    update: (scope, name, request) =>
      change(scope, name, async (before) => {
        refuseInTransition(before);
        const settings = pipeSettingsOf(scope, request, before);
        await checkQueue(settings.source);
        const desired = request.DesiredState ?? before.desired;
        return { ...before, ...settings, desired, transition: 'UPDATING', modifiedAtMs: clock.now() };
      }),
    delete: (scope, name) => moved(scope, name, 'DELETING'),
    start: (scope, name) => moved(scope, name, 'STARTING', { desired: 'RUNNING' }),
    stop: (scope, name) => moved(scope, name, 'STOPPING', { desired: 'STOPPED' }),
    get: async (scope, name) => pipeOf(await find(scope, name)).record,
    list: (scope, query) => listPipes(resources, scope, query),
    async tag(scope, name, tags) {
      await change(scope, name, (before) => ({ ...before, tags: withTags(before.tags, tags) }));
    },
    async untag(scope, name, keys) {
      const left = ({ tags }: PipeRecord) => Object.entries(tags).filter(([key]) => !keys.includes(key));
      await change(scope, name, (before) => ({ ...before, tags: Object.fromEntries(left(before)) }));
    },
    async *all(scope) {
      for await (const found of pipesOf(resources, { scope })) yield pipeOf(found);
    },
    async settle(scope, name, revision) {
      const key = pipeKey(scope, name);
      const found = await resources.get(key);
      if (found === undefined || found.revision !== revision) return;
      const { record } = pipeOf(found);
      if (record.transition === null) return;
      const settled = { ...record, transition: null } as unknown as Json;
      await resources.commit([
        { key, expect: { revision }, change: record.transition === 'DELETING' ? 'remove' : { put: settled } },
      ]);
    },
    onChanged: (listener) => void listeners.push(listener),
  };
}

function refuseInTransition(record: PipeRecord): void {
  if (record.transition !== null)
    throw conflict(`Pipe ${record.name} is in the state ${stateOf(record)}. Try again when it is RUNNING or STOPPED.`);
}

function withTags(current: Tags, added: Tags): Tags {
  const reserved = Object.keys(added).find((key) => key.toLowerCase().startsWith('aws:'));
  if (reserved !== undefined) throw invalid(`The tag key "${reserved}" begins with "aws:", which is reserved.`);
  const tags = { ...current, ...added };
  if (Object.keys(tags).length > LIMITS.pipeTags) throw invalid(`A pipe has at most ${LIMITS.pipeTags} tags.`);
  return tags;
}
