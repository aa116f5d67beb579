// Tags of functions. https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html

import type { FunctionName, Random, Scope } from '#kernel';
import { parseFunctionReference, targetOf } from '../function-reference.ts';
import { constraintViolated, invalidParameter, refusal } from '../refusals.ts';
import type { FunctionRecord } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';
import { checkTags } from './tag-rules.ts';

export interface TagDependencies {
  readonly functions: FunctionStore;
  readonly random: Random;
}

type Tags = Readonly<Record<string, string>>;

const ARN =
  /^arn:aws[a-zA-Z-]*:lambda:[a-z0-9-]+:\d{12}:(?<type>function|layer|code-signing-config|event-source-mapping|capacity-provider):\S+$/;

export async function listTags({ functions }: TagDependencies, scope: Scope, resourceArn: string): Promise<Tags> {
  return (await functions.get(scope, functionIn(scope, resourceArn))).tags;
}

export function addTags(deps: TagDependencies, scope: Scope, resourceArn: string, tags: Tags): Promise<void> {
  if (Object.keys(tags).length === 0) throw invalidParameter('An error occurred and the request cannot be processed.');
  return changeTags(deps, scope, resourceArn, (current) => checkTags(current, tags));
}

export function removeTags(deps: TagDependencies, scope: Scope, resourceArn: string, keys: readonly string[]): Promise<void> {
  const gone = new Set(keys);
  return changeTags(deps, scope, resourceArn, (current) =>
    Object.fromEntries(Object.entries(current).filter(([key]) => !gone.has(key))),
  );
}

/** Changed tags are a new revision of `$LATEST`, as on Lambda. */
function changeTags(
  { functions, random }: TagDependencies,
  scope: Scope,
  resourceArn: string,
  change: (current: Tags) => Tags,
): Promise<void> {
  return functions.change<void>(scope, functionIn(scope, resourceArn), {
    decide: (record: FunctionRecord) => ({
      kind: 'change',
      record: { ...record, tags: change(record.tags), latest: { ...record.latest, revisionId: random.uuid() } },
      result: undefined,
    }),
  });
}

function functionIn(scope: Scope, resourceArn: string): FunctionName {
  const type = ARN.exec(resourceArn)?.groups?.['type'];
  if (type === undefined)
    throw constraintViolated(
      'resource',
      resourceArn,
      'Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})',
    );
  if (type !== 'function')
    throw refusal('ResourceNotFoundException', `${resourceArn} cannot be tagged: only functions have tags here so far.`);
  if (parseFunctionReference(resourceArn).qualifier !== undefined)
    throw invalidParameter('Tags on function aliases and versions are not supported. Please specify a function ARN.');
  return targetOf(scope, resourceArn).name;
}
