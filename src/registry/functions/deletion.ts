// Deletes a function with all that hangs on it, or one of its versions.

import type { FunctionName, Scope } from '#kernel';
import type { ResourceChange } from '#store';
import { documents } from '../documents.ts';
import { functionArn, isVersionNumber, LATEST } from '../function-reference.ts';
import type { FunctionTarget } from '../invocable.ts';
import { conflict, functionNotFound, invalidParameter } from '../refusals.ts';
import { releaseReservation } from './concurrency.ts';
import type { QualifiedKind } from './function-documents.ts';
import { aliasOf, publishedKey, qualifiedKey, remove, settlingKey, urlIdKey, versionOf } from './function-documents.ts';
import { servingOf } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';
import type { FunctionUrlRecord } from './function-urls.ts';
import { forgetProvisioned, withoutProvisioned } from './provisioned.ts';
import type { Removal } from './version-changes.ts';
import { removeVersion } from './version-changes.ts';

const HANGING: readonly QualifiedKind[] = ['alias', 'function-policy', 'function-url', 'event-invoke'];

/** Throws ResourceNotFoundException, or InvalidParameterValueException for a qualifier that cannot be deleted this way. */
export async function deleteFunction(functions: FunctionStore, scope: Scope, { name, qualifier }: FunctionTarget): Promise<void> {
  if (qualifier === undefined) return deleteWhole(functions, scope, name);
  if (qualifier === LATEST) throw invalidParameter('$LATEST version cannot be deleted without deleting the function.');
  if (!isVersionNumber(qualifier)) throw invalidParameter('Deletion of aliases is not currently supported.');
  return deleteVersion(functions, scope, name, qualifier);
}

function deleteWhole(functions: FunctionStore, scope: Scope, name: FunctionName): Promise<void> {
  return functions.change<void>(scope, name, {
    async decide(record) {
      const also: ResourceChange[] = [
        remove(settlingKey(scope, name)),
        forgetProvisioned(scope, name),
        ...(await releaseReservation(functions.resources, scope, name)),
      ];
      const removals: Removal[] = [];
      for await (const found of documents(functions.resources, { scope, kind: 'function-version', prefix: `${name}/` }))
        removals.push(removeVersion(scope, record, versionOf(found)));
      for (const kind of HANGING)
        for await (const found of documents(functions.resources, { scope, kind, prefix: `${name}/` })) {
          also.push(remove(found.key));
          if (kind === 'function-url') also.push(remove(urlIdKey((found.body as unknown as FunctionUrlRecord).urlId)));
        }
      return {
        kind: 'remove',
        also: [...also, ...removals.flatMap((removal) => removal.also)],
        retired: [
          ...new Set([servingOf(record).instanceKey, record.latest.instanceKey, ...removals.flatMap((removal) => removal.retired)]),
        ],
        unused: removals.flatMap((removal) => removal.unused),
        result: undefined,
      };
    },
  });
}

/** Deleting a version that is not there is no error, as on Lambda. */
function deleteVersion(functions: FunctionStore, scope: Scope, name: FunctionName, version: string): Promise<void> {
  return functions.change<void>(scope, name, {
    missing: () => functionNotFound(functionArn(scope, name)),
    async decide(record) {
      const found = await functions.resources.get(publishedKey(scope, name, version));
      if (found === undefined) return { kind: 'keep', result: undefined };
      const aliases: string[] = [];
      for await (const resource of documents(functions.resources, { scope, kind: 'alias', prefix: `${name}/` })) {
        const alias = aliasOf(resource);
        if (alias.version === version || alias.additional?.version === version) aliases.push(alias.name);
      }
      if (aliases.length > 0)
        throw conflict(`Unable to delete version because the following aliases reference it: [${aliases.join(', ')}]`);
      const { also, ...removal } = removeVersion(scope, record, versionOf(found));
      const hanging = [
        remove(qualifiedKey(scope, 'function-policy', name, version)),
        remove(qualifiedKey(scope, 'event-invoke', name, version)),
      ];
      const without = await withoutProvisioned(functions, scope, record, version);
      return {
        kind: 'change',
        record: { ...without.changed, publishing: record.publishing === version ? null : record.publishing },
        also: [...also, ...hanging, ...without.also],
        ...removal,
        result: undefined,
      };
    },
  });
}
