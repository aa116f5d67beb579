// Where the documents of functions lie in the store: keys, readers and writers of each kind.

import type { FunctionName, Scope } from '#kernel';
import type { Json, Resource, ResourceChange, ResourceKey } from '#store';
import { PLATFORM } from '../code/code-records.ts';
import { LATEST, versionKey } from '../function-reference.ts';
import type { AliasRecord, FunctionRecord, VersionRecord } from './function-record.ts';

/** Kinds whose names are `<function>/<qualifier>`, with `$LATEST` for the function itself. */
export type QualifiedKind = 'alias' | 'function-policy' | 'function-url' | 'event-invoke';

export const functionKey = (scope: Scope, name: FunctionName): ResourceKey => ({ scope, kind: 'function', name });

export const publishedKey = (scope: Scope, name: FunctionName, version: string): ResourceKey => ({
  scope,
  kind: 'function-version',
  name: versionKey(name, version),
});

export const qualifiedKey = (scope: Scope, kind: QualifiedKind, name: FunctionName, qualifier: string = LATEST): ResourceKey => ({
  scope,
  kind,
  name: `${name}/${qualifier}`,
});

/** A function with work that goes on in the background: found at a start, whatever account it belongs to. */
export const settlingKey = (scope: Scope, name: FunctionName): ResourceKey => ({
  scope: PLATFORM,
  kind: 'function-settling',
  name: `${scope.account}/${scope.region}/${name}`,
});

export const urlIdKey = (urlId: string): ResourceKey => ({ scope: PLATFORM, kind: 'function-url-id', name: urlId });

export const recordOf = (resource: Resource) => resource.body as unknown as FunctionRecord;
export const versionOf = (resource: Resource) => resource.body as unknown as VersionRecord;
export const aliasOf = (resource: Resource) => resource.body as unknown as AliasRecord;

export const put = (key: ResourceKey, body: unknown, expect: ResourceChange['expect'] = 'any'): ResourceChange => ({
  key,
  expect,
  change: { put: body as Json },
});

export const remove = (key: ResourceKey): ResourceChange => ({ key, expect: 'any', change: 'remove' });
