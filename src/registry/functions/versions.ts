// Publishes versions and lists them.

import type { FunctionName, Scope } from '#kernel';
import { documents } from '../documents.ts';
import { functionArn, LATEST, versionKey } from '../function-reference.ts';
import type { Page, PageRequest } from '../paging.ts';
import { pageOf } from '../paging.ts';
import { conflict, functionNotFound, invalidParameter } from '../refusals.ts';
import { publishedKey, recordOf, versionOf } from './function-documents.ts';
import type { VersionRecord } from './function-record.ts';
import type { ChangedFunction, FunctionDependencies } from './function-operations.ts';
import { checkUpdatable, contextOf } from './function-operations.ts';
import { publish } from './version-changes.ts';

export interface VersionRequest {
  readonly CodeSha256?: string | undefined;
  readonly Description?: string | undefined;
  readonly RevisionId?: string | undefined;
}

/** The newest version again where nothing has changed since it was published. */
export function publishVersion(
  deps: FunctionDependencies,
  scope: Scope,
  name: FunctionName,
  request: VersionRequest,
): Promise<ChangedFunction> {
  return deps.functions.change<ChangedFunction>(scope, name, {
    async decide(record) {
      checkUpdatable(scope, record, request.RevisionId);
      const { latest, lastPublished } = record;
      if (latest.state !== 'Active' || latest.lastUpdate !== 'Successful')
        throw conflict(
          `The newest code of ${functionArn(scope, name)} could not be opened, so it cannot be published. Update the function's code first.`,
        );
      if (request.CodeSha256 !== undefined && request.CodeSha256 !== '' && request.CodeSha256 !== latest.code.sha256)
        throw invalidParameter(
          `CodeSHA256 (${request.CodeSha256.slice(0, 64)}) is different from current CodeSHA256 in $LATEST (${latest.code.sha256}). Please try again with the CodeSHA256 in $LATEST.`,
        );
      if (lastPublished?.contentId === latest.contentId) {
        const found = await deps.functions.resources.get(publishedKey(scope, name, lastPublished.version));
        if (found !== undefined) return { kind: 'keep', result: { record, version: versionOf(found) } };
      }
      const description = request.Description === '' ? undefined : request.Description;
      const { version, ...published } = publish(contextOf(deps, scope), { record, also: [] }, description);
      return { kind: 'change', ...published, result: { record: published.record, version } };
    },
  });
}

/** `$LATEST` first, then as they were published. */
export async function listVersions(
  { functions }: FunctionDependencies,
  scope: Scope,
  name: FunctionName,
  request: PageRequest,
): Promise<Page<ChangedFunction>> {
  const record = await functions.find(scope, name);
  if (record === undefined) throw functionNotFound(functionArn(scope, name));
  return pageOf(request, async function* versions(after) {
    if (after === undefined) yield { name: LATEST, item: { record, version: record.latest } };
    const from = after === undefined || after === LATEST ? undefined : versionKey(name, after);
    for await (const found of documents(functions.resources, {
      scope,
      kind: 'function-version',
      prefix: `${name}/`,
      after: from,
    })) {
      const version = versionOf(found);
      yield { name: version.version, item: { record, version } };
    }
  });
}

/** Functions by name: `$LATEST` alone, or all versions of each. */
export function listFunctions(
  { functions }: FunctionDependencies,
  scope: Scope,
  request: PageRequest,
  options: { readonly allVersions: boolean },
): Promise<Page<ChangedFunction>> {
  return pageOf(request, async function* everything(after) {
    const [name = '', version = ''] = after?.split('/') ?? [];
    const begun = name === '' ? undefined : await functions.find(scope, name as FunctionName);
    if (begun !== undefined && options.allVersions) yield* versionsAfter(begun.name, version);
    for await (const found of documents(functions.resources, { scope, kind: 'function', after: name === '' ? undefined : name })) {
      const record = recordOf(found);
      yield { name: `${record.name}/${LATEST}`, item: { record, version: record.latest } };
      if (options.allVersions) yield* versionsAfter(record.name, LATEST);
    }

    async function* versionsAfter(of: FunctionName, last: string) {
      const record = await functions.find(scope, of);
      if (record === undefined) return;
      const from = last === LATEST ? undefined : versionKey(of, last);
      for await (const found of documents(functions.resources, {
        scope,
        kind: 'function-version',
        prefix: `${of}/`,
        after: from,
      })) {
        const published: VersionRecord = versionOf(found);
        yield { name: `${of}/${published.version}`, item: { record, version: published } };
      }
    }
  });
}
