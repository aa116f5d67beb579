// What becomes of a function's record when it is updated, settled or published: pure, given fresh ids and the time.

import type { ContentHash, FunctionVersion, Random, Scope } from '#kernel';
import { isDeepStrictEqual } from 'node:util';
import type { ResourceChange } from '#store';
import { addUse, removeUse } from '../code/code-records.ts';
import { publishedKey, put, remove, settlingKey } from './function-documents.ts';
import type { CodeReference, FunctionRecord, FunctionSettings, Reason, VersionRecord } from './function-record.ts';
import { CREATING, hashesOf, servingOf } from './function-record.ts';

export interface ChangeContext {
  readonly scope: Scope;
  readonly random: Random;
  readonly nowMs: number;
}

/** A record with a change of it that is in progress. */
export interface Begun {
  readonly record: FunctionRecord;
  readonly also: readonly ResourceChange[];
}

/** The newest code or settings, not running yet: `$LATEST` goes on with what it ran before until the change is settled. */
export function beginUpdate(
  context: ChangeContext,
  record: FunctionRecord,
  change: { readonly settings?: FunctionSettings; readonly code?: CodeReference },
): Begun {
  const { latest } = record;
  const settings = change.settings ?? latest.settings;
  const code = change.code ?? latest.code;
  const sameCode = code.hash === latest.code.hash;
  const sameContent = sameCode && isDeepStrictEqual(settings, latest.settings);
  const sameInstance = sameCode && isDeepStrictEqual(instanceSettings(settings), instanceSettings(latest.settings));
  const serving = latest.state === 'Active' ? servingOf(record) : null;
  return {
    record: {
      ...record,
      serving,
      latest: {
        ...latest,
        settings,
        code,
        state: serving === null ? 'Pending' : 'Active',
        stateReason: serving === null ? CREATING : null,
        lastUpdate: 'InProgress',
        lastUpdateReason: CREATING,
        revisionId: context.random.uuid(),
        lastModifiedMs: context.nowMs,
        contentId: sameContent ? latest.contentId : context.random.uuid(),
        instanceKey: sameInstance ? latest.instanceKey : newInstanceKey(context.random, record.name, latest.version),
      },
    },
    also: [put(settlingKey(context.scope, record.name), {})],
  };
}

/** Without what no instance notices. */
function instanceSettings(settings: FunctionSettings) {
  const {
    description: _description,
    snapStart: _snapStart,
    deadLetterArn: _deadLetterArn,
    durable: _durable,
    ...noticed
  } = settings;
  return noticed;
}

export interface Published extends Begun {
  readonly version: VersionRecord;
}

/** Freezes `$LATEST` as the next version, in the state that `$LATEST` is in. */
export function publish(context: ChangeContext, { record, also }: Begun, description: string | undefined): Published {
  const { latest } = record;
  const number = String(record.nextVersion) as FunctionVersion;
  const isSettled = latest.state === 'Active' && latest.lastUpdate === 'Successful';
  const version: VersionRecord = {
    ...latest,
    version: number,
    settings: { ...latest.settings, description: description ?? latest.settings.description },
    state: isSettled ? 'Active' : 'Pending',
    stateReason: isSettled ? null : CREATING,
    lastUpdate: 'Successful',
    lastUpdateReason: null,
    revisionId: context.random.uuid(),
    lastModifiedMs: context.nowMs,
    instanceKey: newInstanceKey(context.random, record.name, number),
  };
  return {
    version,
    record: {
      ...record,
      latest: { ...latest, revisionId: context.random.uuid() },
      nextVersion: record.nextVersion + 1,
      publishing: isSettled ? record.publishing : number,
      lastPublished: { version: number, contentId: latest.contentId },
    },
    also: [
      ...also,
      put(publishedKey(context.scope, record.name, number), version, 'absent'),
      ...usesOf(context.scope, record, version).map(([hash, user]) => addUse(hash, user)),
    ],
  };
}

/** How opening the code of a change ended. */
export type Settlement = { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly reason: Reason };

export interface Settled extends Begun {
  readonly retired: readonly string[];
}

/** Ends a change that is in progress; `published` is the version that was published with it. */
export function settle(
  context: ChangeContext,
  record: FunctionRecord,
  published: VersionRecord | undefined,
  settlement: Settlement,
): Settled {
  const { latest, serving } = record;
  const ready = settlement.kind === 'ready';
  const failure = ready ? null : settlement.reason;
  const isCreation = serving === null && latest.lastUpdate !== 'InProgress';
  const stillRuns = ready || serving !== null;
  const settledLatest: VersionRecord = {
    ...latest,
    state: stillRuns ? 'Active' : 'Failed',
    stateReason: stillRuns ? null : failure,
    lastUpdate: ready || isCreation ? 'Successful' : 'Failed',
    lastUpdateReason: isCreation ? null : failure,
    revisionId: context.random.uuid(),
  };
  const settledVersion = published && {
    ...published,
    state: ready ? ('Active' as const) : ('Failed' as const),
    stateReason: failure,
    revisionId: context.random.uuid(),
  };
  return {
    record: { ...record, latest: settledLatest, serving: ready ? null : serving, publishing: null },
    also: [
      remove(settlingKey(context.scope, record.name)),
      ...(settledVersion ? [put(publishedKey(context.scope, record.name, settledVersion.version), settledVersion)] : []),
    ],
    retired: ready && serving !== null && serving.instanceKey !== latest.instanceKey ? [serving.instanceKey] : [],
  };
}

export interface Removal {
  readonly also: readonly ResourceChange[];
  readonly retired: readonly string[];
  readonly unused: readonly ContentHash[];
}

/** The end of a published version, without what hangs on it (policies, event settings). */
export function removeVersion(scope: Scope, record: FunctionRecord, version: VersionRecord): Removal {
  return {
    also: [
      remove(publishedKey(scope, record.name, version.version)),
      ...usesOf(scope, record, version).map(([hash, user]) => removeUse(hash, user)),
    ],
    retired: [version.instanceKey],
    unused: hashesOf(version),
  };
}

export interface Rekeyed extends Begun {
  readonly retired: readonly string[];
}

/** New instances for every version: what they were specialised with has changed for all of them. */
export function rekey(context: ChangeContext, record: FunctionRecord, published: readonly VersionRecord[]): Rekeyed {
  const keys = new Map<string, string>();
  const rekeyed = (version: VersionRecord): VersionRecord => {
    // `$LATEST` and what it runs meanwhile may share their instances, and go on doing so.
    const instanceKey = keys.get(version.instanceKey) ?? newInstanceKey(context.random, record.name, version.version);
    keys.set(version.instanceKey, instanceKey);
    return { ...version, instanceKey };
  };
  return {
    record: { ...record, latest: rekeyed(record.latest), serving: record.serving === null ? null : rekeyed(record.serving) },
    also: published.map((version) => put(publishedKey(context.scope, record.name, version.version), rekeyed(version))),
    retired: [...keys.keys()],
  };
}

export const newInstanceKey = (random: Random, name: string, version: string) => `${name}:${version}:${random.uuid()}`;

function usesOf(scope: Scope, { name }: FunctionRecord, version: VersionRecord) {
  const user = { scope, kind: 'function', name, version: version.version } as const;
  return [...new Set(hashesOf(version))].map((hash) => [hash, user] as const);
}
