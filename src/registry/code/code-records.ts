// What the store remembers of code: one record an archive, and one for each function version or layer version that uses it.

import type { AccountId, ContentHash, Region, Scope } from '#kernel';
import type { Json, Resource, ResourceChange, ResourceKey } from '#store';

/**
 * Where the platform keeps what belongs to no account: archives are shared by content, a function URL's id comes without an
 * account, and unfinished work is looked for in all of them. No account has this name.
 */
export const PLATFORM: Scope = { account: 'platform' as AccountId, region: 'global' as Region };

export interface CodeRecord {
  readonly hash: ContentHash;
  /** As Lambda shows it: base64. */
  readonly sha256: string;
  readonly blob: string;
  readonly bytes: number;
  readonly unzippedBytes: number;
}

/** Who uses code: `function` or `layer`, its name, its version. */
export interface CodeUser {
  readonly scope: Scope;
  readonly kind: 'function' | 'layer';
  readonly name: string;
  readonly version: string;
}

export const codeKey = (hash: ContentHash): ResourceKey => ({ scope: PLATFORM, kind: 'code', name: hash });

export const codeOf = (resource: Resource) => resource.body as unknown as CodeRecord;

export const putCode = (record: CodeRecord): ResourceChange => ({
  key: codeKey(record.hash),
  expect: 'absent',
  change: { put: record as unknown as Json },
});

/** Changes with every first use, so that a removal which counted the uses before it fails. The code's own record never changes. */
export const fenceKey = (hash: ContentHash): ResourceKey => ({ scope: PLATFORM, kind: 'code-fence', name: hash });

/** Goes into the commit that adds a first use: the record must be the one that was seen, and whoever is counting must lose. */
export const fenceOff = (hash: ContentHash, revision: number): readonly ResourceChange[] => [
  { key: codeKey(hash), expect: { revision }, change: 'check' },
  { key: fenceKey(hash), expect: 'any', change: { put: {} } },
];

/** Begins the name of every use of this code. */
export const usesPrefix = (hash: ContentHash) => `${hash}/`;

const useKey = (hash: ContentHash, { scope, kind, name, version }: CodeUser): ResourceKey => ({
  scope: PLATFORM,
  kind: 'code-use',
  name: `${usesPrefix(hash)}${scope.account}/${scope.region}/${kind}/${name}/${version}`,
});

export const addUse = (hash: ContentHash, user: CodeUser): ResourceChange => ({
  key: useKey(hash, user),
  expect: 'any',
  change: { put: {} },
});

export const removeUse = (hash: ContentHash, user: CodeUser): ResourceChange => ({
  key: useKey(hash, user),
  expect: 'any',
  change: 'remove',
});
