// Lists of mappings: all of them, those of a function, those of a source, or those of both. Reads no more than a page needs.

import type { Scope } from '#kernel';
import type { Resource, ResourceStore } from '#store';
import { documents } from '../documents.ts';
import { targetOf } from '../function-reference.ts';
import type { Page, PageRequest } from '../paging.ts';
import { pageOf } from '../paging.ts';
import type { MappingRecord } from './mapping-record.ts';
import { functionIndexKey, functionPrefix, mappingKey, mappingOf, sourcePrefix, uuidIn } from './mapping-record.ts';

export interface MappingQuery extends PageRequest {
  readonly EventSourceArn?: string | undefined;
  readonly FunctionName?: string | undefined;
}

export function listMappings(resources: ResourceStore, scope: Scope, query: MappingQuery): Promise<Page<MappingRecord>> {
  return pageOf(query, async function* mappings(after) {
    for await (const found of entries(resources, scope, query, after)) {
      const mapping = await mappingBehind(resources, scope, found);
      // Deleted since the list was read.
      if (mapping !== undefined) yield { name: found.key.name, item: mapping };
    }
  });
}

async function* entries(
  resources: ResourceStore,
  scope: Scope,
  { EventSourceArn: sourceArn, FunctionName: reference }: MappingQuery,
  after: string | undefined,
): AsyncGenerator<Resource> {
  if (reference === undefined) {
    if (sourceArn === undefined) yield* documents(resources, { scope, kind: mappingKey(scope, '').kind, after });
    else yield* documents(resources, { scope, kind: 'event-source-mapping-source', prefix: sourcePrefix(sourceArn), after });
    return;
  }
  const { name, qualifier = null } = targetOf(scope, reference);
  if (sourceArn === undefined) {
    const prefix = functionPrefix(name, qualifier);
    yield* documents(resources, { scope, kind: 'event-source-mapping-function', prefix, after });
    return;
  }
  const only = await resources.get(functionIndexKey(scope, { function: name, qualifier, sourceArn }));
  if (only !== undefined && after === undefined) yield only;
}

async function mappingBehind(resources: ResourceStore, scope: Scope, entry: Resource): Promise<MappingRecord | undefined> {
  if (entry.key.kind === mappingKey(scope, '').kind) return mappingOf(entry);
  const found = await resources.get(mappingKey(scope, uuidIn(entry)));
  return found && mappingOf(found);
}
