// Event source mappings: which queue's messages a function gets. Each is a document of its own, with one more in each of two lists.
//
// Owns: the listeners. Invariants: I1 one function (or alias, or version) and one source have one mapping at most. I2 a mapping that
// is between two states is changed by `settle` alone. I3 listeners of a change have run before its promise resolves.
// Deleting a function leaves its mappings, as on Lambda: they read nothing until it is there again.

import type { Clock, Random, Scope } from '#kernel';
import { ApiError } from '#kernel';
import type { Resource, ResourceStore } from '#store';
import { documents } from '../documents.ts';
import { targetOf } from '../function-reference.ts';
import { put, remove } from '../functions/function-documents.ts';
import type { FoundVersion } from '../functions/function-store.ts';
import { refuseWithTenantIsolation } from '../functions/tenant-isolation.ts';
import { checkTags } from '../functions/tag-rules.ts';
import type { FunctionTarget } from '../invocable.ts';
import type { Page } from '../paging.ts';
import { conflict, invalidParameter, refusal, resourceNotFound } from '../refusals.ts';
import { listMappings } from './mapping-list.ts';
import type { MappingQuery } from './mapping-list.ts';
import type { MappingRecord, MappingTransition } from './mapping-record.ts';
import { functionIndexKey, indexChanges, indexRemovals, mappingKey, mappingOf, uuidIn } from './mapping-record.ts';
import type { MappingRequest, QueueFacts } from './mapping-settings.ts';
import { checkAgainstQueue, settingsOf } from './mapping-settings.ts';
import { sourceArnOf } from './source-arn.ts';

export interface MappingDependencies {
  readonly resources: ResourceStore;
  readonly functionVersion: (scope: Scope, target: FunctionTarget) => Promise<FoundVersion>;
  /** Undefined where there is no such queue. Queues stand above the registry. */
  readonly queue: (scope: Scope, arn: string) => Promise<QueueFacts | undefined>;
  readonly clock: Clock;
  readonly random: Random;
}

/** A mapping as it stands. The revision grows with every change. */
export interface FoundMapping {
  readonly record: MappingRecord;
  readonly revision: number;
}

export type MappingListener = (scope: Scope, found: FoundMapping) => void;

/** Each operation takes the scope first and throws Lambda's errors. */
export interface Mappings {
  create(scope: Scope, request: MappingRequest & { readonly FunctionName: string }): Promise<MappingRecord>;
  get(scope: Scope, uuid: string): Promise<MappingRecord>;
  update(scope: Scope, uuid: string, request: MappingRequest): Promise<MappingRecord>;
  /** What it answers is on its way out. */
  delete(scope: Scope, uuid: string): Promise<MappingRecord>;
  list(scope: Scope, query: MappingQuery): Promise<Page<MappingRecord>>;
  readonly tags: {
    list(scope: Scope, uuid: string): Promise<Tags>;
    add(scope: Scope, uuid: string, tags: Tags): Promise<void>;
    remove(scope: Scope, uuid: string, keys: readonly string[]): Promise<void>;
  };
  /** Every mapping of an account, for whoever runs them. */
  all(scope: Scope): AsyncIterable<FoundMapping>;
  /** The transition has happened. Without effect where the mapping has been changed since `revision`. */
  settle(scope: Scope, uuid: string, revision: number): Promise<void>;
  onChanged(listener: MappingListener): void;
}

type Tags = Readonly<Record<string, string>>;

const ATTEMPTS_MAX = 10;
const UUID = /^[0-9a-fA-F-]{36}$/;

export function createMappings(deps: MappingDependencies): Mappings {
  const { resources, clock, random } = deps;
  const listeners: MappingListener[] = [];

  function tell(scope: Scope, record: MappingRecord, revision: number): void {
    for (const listener of listeners) listener(scope, { record, revision });
  }

  async function find(scope: Scope, uuid: string): Promise<Resource> {
    const found = UUID.test(uuid) ? await resources.get(mappingKey(scope, uuid)) : undefined;
    if (found === undefined) throw resourceNotFound();
    return found;
  }

  /** I1 */
  async function duplicate(scope: Scope, record: MappingRecord): Promise<ApiError> {
    const found = await resources.get(functionIndexKey(scope, record));
    const name = record.qualifier === null ? record.function : `${record.function}:${record.qualifier}`;
    return conflict(
      `An event source mapping with SQS arn (" ${record.sourceArn} ") and function (" ${name} ") already exists. Please update or delete the existing mapping with UUID ${found === undefined ? 'of a moment ago' : uuidIn(found)}`,
    );
  }

  async function commit(scope: Scope, found: Resource | undefined, record: MappingRecord): Promise<boolean> {
    const before = found && mappingOf(found);
    const moved = before === undefined || before.function !== record.function || before.qualifier !== record.qualifier;
    const outcome = await resources.commit([
      put(mappingKey(scope, record.uuid), record, found === undefined ? 'absent' : { revision: found.revision }),
      ...(moved && before !== undefined ? indexRemovals(scope, before) : []),
      ...(moved ? indexChanges(scope, record) : []),
    ]);
    if (outcome.kind === 'conflict') {
      if (outcome.key.kind === functionIndexKey(scope, record).kind) throw await duplicate(scope, record);
      return false;
    }
    tell(scope, record, outcome.revisions[0] ?? 0);
    return true;
  }

  async function change(
    scope: Scope,
    uuid: string,
    decide: (before: MappingRecord) => Promise<MappingRecord> | MappingRecord,
  ): Promise<MappingRecord> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const found = await find(scope, uuid);
      const record = await decide(mappingOf(found));
      if (await commit(scope, found, record)) return record;
    }
    throw conflict(`The event source mapping ${uuid} is changed by too many callers at once. Try again.`);
  }

  /** The function, if it may have this queue with these settings. */
  async function checkedTarget(scope: Scope, name: string, { sourceArn, settings }: Pick<MappingRecord, 'sourceArn' | 'settings'>) {
    const target = targetOf(scope, name);
    const { record, version } = await deps.functionVersion(scope, target).catch((cause: unknown) => {
      if (cause instanceof ApiError && cause.code === 'ResourceNotFoundException')
        throw invalidParameter('Function does not exist', cause);
      throw cause;
    });
    refuseWithTenantIsolation(record, 'An event source mapping');
    const queue = await deps.queue(scope, sourceArn);
    if (queue === undefined)
      throw invalidParameter(
        'Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.',
      );
    checkAgainstQueue(settings, queue, version.settings.timeoutSeconds);
    return { function: target.name, qualifier: target.qualifier ?? null };
  }

  return {
    async create(scope, request) {
      const sourceArn = sourceArnOf(scope, request);
      const settings = settingsOf(request);
      const record: MappingRecord = {
        uuid: random.uuid(),
        sourceArn,
        ...(await checkedTarget(scope, request.FunctionName, { sourceArn, settings })),
        enabled: request.Enabled ?? true,
        transition: 'Creating',
        settings,
        tags: checkTags({}, request.Tags ?? {}),
        modifiedAtMs: clock.now(),
      };
      if (await commit(scope, undefined, record)) return record;
      throw conflict('The event source mapping could not be created at this moment. Try again.');
    },
    get: async (scope, uuid) => mappingOf(await find(scope, uuid)),
    update: (scope, uuid, request) =>
      change(scope, uuid, async (before) => {
        refuseInTransition(before, 'update');
        const { sourceArn } = before;
        const settings = settingsOf(request, before.settings);
        const name = request.FunctionName ?? nameOf(before);
        const enabled = request.Enabled ?? before.enabled;
        // A mapping can be switched off when its queue or its function is gone.
        const target = isSwitchedOff(request) ? {} : await checkedTarget(scope, name, { sourceArn, settings });
        const transition = transitionOf(before.enabled, enabled);
        return { ...before, ...target, settings, enabled, transition, modifiedAtMs: clock.now() };
      }),
    delete: (scope, uuid) =>
      change(scope, uuid, (before) => {
        refuseInTransition(before, 'delete');
        return { ...before, transition: 'Deleting', modifiedAtMs: clock.now() };
      }),
    list: (scope, query) => listMappings(resources, scope, query),
    tags: {
      list: async (scope, uuid) => mappingOf(await find(scope, uuid)).tags,
      async add(scope, uuid, tags) {
        await change(scope, uuid, (before) => ({ ...before, tags: checkTags(before.tags, tags) }));
      },
      async remove(scope, uuid, keys) {
        const left = ({ tags }: MappingRecord) => Object.entries(tags).filter(([key]) => !keys.includes(key));
        await change(scope, uuid, (before) => ({ ...before, tags: Object.fromEntries(left(before)) }));
      },
    },
    async *all(scope) {
      for await (const found of documents(resources, { scope, kind: mappingKey(scope, '').kind }))
        yield { record: mappingOf(found), revision: found.revision };
    },
    async settle(scope, uuid, revision) {
      const key = mappingKey(scope, uuid);
      const found = await resources.get(key);
      if (found === undefined || found.revision !== revision) return;
      const record = mappingOf(found);
      if (record.transition === null) return;
      const expect = { revision };
      await resources.commit(
        record.transition === 'Deleting'
          ? [{ ...remove(key), expect }, ...indexRemovals(scope, record)]
          : [put(key, { ...record, transition: null }, expect)],
      );
    },
    onChanged: (listener) => void listeners.push(listener),
  };
}

const nameOf = ({ function: name, qualifier }: MappingRecord) => (qualifier === null ? name : `${name}:${qualifier}`);

function isSwitchedOff({ Enabled, UUID: _uuid, ...others }: MappingRequest): boolean {
  return Enabled === false && Object.values(others).every((value) => value === undefined);
}

function transitionOf(before: boolean, after: boolean): MappingTransition {
  if (before === after) return 'Updating';
  return after ? 'Enabling' : 'Disabling';
}

/** I2 */
function refuseInTransition({ uuid, transition }: MappingRecord, verb: 'update' | 'delete'): void {
  if (transition !== null)
    throw refusal(
      'ResourceInUseException',
      `Cannot ${verb} the event source mapping ${uuid} because it is in use: it is ${transition.toLowerCase()}. Try again in a moment.`,
    );
}
