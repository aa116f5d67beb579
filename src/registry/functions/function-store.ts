// Reads and changes functions. Every change is one compare-and-set on the function's head, together with the documents it
// touches and the uses of code that come and go with it: there is no moment at which half of a change can be seen.
//
// Owns: the listeners. Invariants: I1 whatever belongs to a function changes only with its head. I2 listeners of a change have
// run before its promise resolves, so that whoever was answered sees it. I3 code is collected after its instances are gone.

import type { ApiError, ContentHash, FunctionName, Log, Scope } from '#kernel';
import type { CommitOutcome, ResourceChange, ResourceStore } from '#store';
import { addUse, removeUse } from '../code/code-records.ts';
import type { CodeUser } from '../code/code-records.ts';
import type { CodeStore } from '../code/code-store.ts';
import { functionArn, isVersionNumber, LATEST } from '../function-reference.ts';
import type { FunctionTarget, RetiredListener } from '../invocable.ts';
import { conflict, functionNotFound } from '../refusals.ts';
import { aliasOf, functionKey, publishedKey, put, qualifiedKey, recordOf, versionOf } from './function-documents.ts';
import type { AliasRecord, FunctionRecord, VersionRecord } from './function-record.ts';
import { hashesOf } from './function-record.ts';

/** What a decision about a function comes to. `also` are changes of other documents, `unused` code that they let go of. */
export type Step<Result> =
  | { readonly kind: 'keep'; readonly result: Result }
  | {
      readonly kind: 'change';
      readonly record: FunctionRecord;
      readonly also?: readonly ResourceChange[];
      readonly retired?: readonly string[];
      readonly unused?: readonly ContentHash[];
      readonly result: Result;
    }
  | {
      readonly kind: 'remove';
      readonly also: readonly ResourceChange[];
      readonly retired: readonly string[];
      readonly unused: readonly ContentHash[];
      readonly result: Result;
    };

export interface Decision<Result> {
  /** May be called again, with what the function has become meanwhile. */
  readonly decide: (record: FunctionRecord) => Promise<Step<Result>> | Step<Result>;
  /** Thrown where there is no such function; Lambda words it differently here and there. */
  readonly missing?: () => ApiError;
}

/** A version as it was asked for: `alias` where an alias led to it. */
export interface FoundVersion {
  readonly record: FunctionRecord;
  readonly version: VersionRecord;
  readonly alias: AliasRecord | undefined;
}

export type ChangeListener = (scope: Scope, name: FunctionName) => void;

export interface FunctionStore {
  readonly resources: ResourceStore;
  find(scope: Scope, name: FunctionName): Promise<FunctionRecord | undefined>;
  /** Throws ResourceNotFoundException. */
  get(scope: Scope, name: FunctionName): Promise<FunctionRecord>;
  /** The version behind a qualifier; throws ResourceNotFoundException that names what was asked for. */
  version(scope: Scope, target: FunctionTarget): Promise<FoundVersion>;
  /** False when the function exists. */
  create(scope: Scope, record: FunctionRecord, also: readonly ResourceChange[]): Promise<boolean>;
  change<Result>(scope: Scope, name: FunctionName, decision: Decision<Result>): Promise<Result>;
  onChanged(listener: ChangeListener): void;
  onRetired(listener: RetiredListener): () => void;
  /** Tells the listeners that instances of these keys may not serve any more, without a change by this process. */
  retire(instanceKeys: readonly string[]): Promise<void>;
  /** Resolves when what goes on behind answered changes has ended. */
  idle(): Promise<void>;
}

/** Each lost race means that somebody else's change went through, so this many at once is far beyond any tool. */
const ATTEMPTS_MAX = 50;

export function createFunctionStore(resources: ResourceStore, codes: CodeStore, log: Log): FunctionStore {
  const changeListeners: ChangeListener[] = [];
  const retiredListeners = new Set<RetiredListener>();
  const background = new Set<Promise<void>>();

  async function find(scope: Scope, name: FunctionName): Promise<FunctionRecord | undefined> {
    const found = await resources.get(functionKey(scope, name));
    return found && recordOf(found);
  }

  async function get(scope: Scope, name: FunctionName): Promise<FunctionRecord> {
    const record = await find(scope, name);
    if (record === undefined) throw functionNotFound(functionArn(scope, name));
    return record;
  }

  async function change<Result>(scope: Scope, name: FunctionName, { decide, missing }: Decision<Result>): Promise<Result> {
    const key = functionKey(scope, name);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const head = await resources.get(key);
      if (head === undefined) throw missing?.() ?? functionNotFound(functionArn(scope, name));
      const before = recordOf(head);
      const step = await decide(before);
      if (step.kind === 'keep') return step.result;
      const after = step.kind === 'change' ? step.record : undefined;
      const { changes, unused } = useChanges(scope, before, after);
      const expect = { revision: head.revision };
      const own: ResourceChange = after === undefined ? { key, expect, change: 'remove' } : put(key, after, expect);
      const outcome: CommitOutcome = await resources.commit([own, ...changes, ...(step.also ?? [])]);
      if (outcome.kind === 'conflict') continue;
      settleChange(scope, name, step.retired ?? [], [...unused, ...(step.unused ?? [])]);
      return step.result;
    }
    throw conflict(`The function ${functionArn(scope, name)} is changed by too many callers at once. Try again.`);
  }

  /** I2, I3 */
  function settleChange(scope: Scope, name: FunctionName, retired: readonly string[], unused: readonly ContentHash[]): void {
    for (const listener of changeListeners) listener(scope, name);
    if (retired.length === 0 && unused.length === 0) return;
    const work = retire(retired)
      .then(() => codes.collect(unused))
      .catch((error: unknown) =>
        log.write('error', 'unused code was not removed; the next start tries again', { function: name, error }),
      )
      .finally(() => background.delete(work));
    background.add(work);
  }

  async function retire(instanceKeys: readonly string[]): Promise<void> {
    await Promise.all(instanceKeys.flatMap((key) => [...retiredListeners].map(async (listener) => listener(key))));
  }

  async function version(scope: Scope, { name, qualifier }: FunctionTarget): Promise<FoundVersion> {
    const missing = () => functionNotFound(functionArn(scope, name, qualifier));
    const record = await find(scope, name);
    if (record === undefined) throw missing();
    if (qualifier === undefined || qualifier === LATEST) return { record, version: record.latest, alias: undefined };
    if (isVersionNumber(qualifier)) {
      const published = await resources.get(publishedKey(scope, name, qualifier));
      if (published === undefined) throw missing();
      return { record, version: versionOf(published), alias: undefined };
    }
    const found = await resources.get(qualifiedKey(scope, 'alias', name, qualifier));
    if (found === undefined) throw missing();
    const alias = aliasOf(found);
    if (alias.version === LATEST) return { record, version: record.latest, alias };
    const published = await resources.get(publishedKey(scope, name, alias.version));
    if (published === undefined) throw missing();
    return { record, version: versionOf(published), alias };
  }

  return {
    resources,
    find,
    get,
    version,
    change,
    retire,
    async create(scope, record, also) {
      const { changes } = useChanges(scope, undefined, record);
      const outcome = await resources.commit([put(functionKey(scope, record.name), record, 'absent'), ...changes, ...also]);
      if (outcome.kind === 'conflict') {
        if (outcome.key.kind === 'function') return false;
        throw conflict('The code or a layer of the function was being removed at this moment. Try again.');
      }
      for (const listener of changeListeners) listener(scope, record.name);
      return true;
    },
    onChanged: (listener) => void changeListeners.push(listener),
    onRetired(listener) {
      retiredListeners.add(listener);
      return () => retiredListeners.delete(listener);
    },
    async idle() {
      while (background.size > 0) await Promise.all(background);
    },
  };
}

/** The uses of code that a head gains and loses. */
function useChanges(scope: Scope, before: FunctionRecord | undefined, after: FunctionRecord | undefined) {
  const name = (before ?? after)?.name ?? '';
  const user: CodeUser = { scope, kind: 'function', name, version: LATEST };
  const had = headHashes(before);
  const has = headHashes(after);
  const unused = [...had].filter((hash) => !has.has(hash));
  const changes = [
    ...[...has].filter((hash) => !had.has(hash)).map((hash) => addUse(hash, user)),
    ...unused.map((hash) => removeUse(hash, user)),
  ];
  return { changes, unused };
}

function headHashes(record: FunctionRecord | undefined): ReadonlySet<ContentHash> {
  return new Set(
    record === undefined ? [] : [record.latest, ...(record.serving === null ? [] : [record.serving])].flatMap(hashesOf),
  );
}
