// Whose tags a request means: those of a function, or those of an event source mapping.
// https://docs.aws.amazon.com/lambda/latest/dg/tags-esm.html

import type { Scope } from '#kernel';
import { mappingUuidIn } from '#registry';
import type { LambdaRooms } from './operation.ts';

type Tags = Readonly<Record<string, string>>;

interface TaggedResource {
  list(): Promise<Tags>;
  add(tags: Tags): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
}

export function tagged(
  { registry, mappings }: Pick<LambdaRooms, 'registry' | 'mappings'>,
  scope: Scope,
  arn: string,
): TaggedResource {
  const uuid = mappingUuidIn(scope, arn);
  const room = uuid === undefined ? registry.tags : mappings.tags;
  const name = uuid ?? arn;
  return {
    list: () => room.list(scope, name),
    add: (tags) => room.add(scope, name, tags),
    remove: (keys) => room.remove(scope, name, keys),
  };
}
