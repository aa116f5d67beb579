// Tags of functions, those that are settings of the platform among them. https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html

import type { Clock, FunctionName, NetworkMode, Random, Scope } from '#kernel';
import { documents } from '../documents.ts';
import { parseFunctionReference, targetOf } from '../function-reference.ts';
import { constraintViolated, invalidParameter, refusal } from '../refusals.ts';
import { versionOf } from './function-documents.ts';
import type { FunctionRecord, VersionRecord } from './function-record.ts';
import type { FunctionStore, Step } from './function-store.ts';
import { checkPlatformSettings, platformSettingsOf, SETTING_TAGS } from './platform-tags.ts';
import { checkTags } from './tag-rules.ts';
import { rekey } from './version-changes.ts';

export interface TagDependencies {
  readonly functions: FunctionStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly networks: () => readonly NetworkMode[];
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

/** Changed tags are a new revision of `$LATEST`, as on Lambda; a changed setting among them ends all instances. */
function changeTags(deps: TagDependencies, scope: Scope, resourceArn: string, change: (current: Tags) => Tags): Promise<void> {
  return deps.functions.change<void>(scope, functionIn(scope, resourceArn), {
    async decide(before): Promise<Step<void>> {
      const tags = change(before.tags);
      const record = { ...before, tags, latest: { ...before.latest, revisionId: deps.random.uuid() } };
      const settings = platformSettingsOf(tags);
      if (SETTING_TAGS.every((tag) => tags[tag] === before.tags[tag])) return { kind: 'change', record, result: undefined };
      const published = await publishedOf(deps.functions, scope, record);
      const runtimes = [record.latest, ...(record.serving === null ? [] : [record.serving]), ...published].map(runtimeOf);
      checkPlatformSettings(settings, { runtimes, networks: deps.networks() });
      const context = { scope, random: deps.random, nowMs: deps.clock.now() };
      return { kind: 'change', ...rekey(context, record, published), result: undefined };
    },
  });
}

const runtimeOf = ({ settings }: VersionRecord) => settings.runtime;

async function publishedOf(
  { resources }: FunctionStore,
  scope: Scope,
  { name }: FunctionRecord,
): Promise<readonly VersionRecord[]> {
  const published: VersionRecord[] = [];
  for await (const found of documents(resources, { scope, kind: 'function-version', prefix: `${name}/` }))
    published.push(versionOf(found));
  return published;
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
    throw refusal(
      'ResourceNotFoundException',
      `${resourceArn} cannot be tagged: only functions and event source mappings have tags here so far.`,
    );
  if (parseFunctionReference(resourceArn).qualifier !== undefined)
    throw invalidParameter('Tags on function aliases and versions are not supported. Please specify a function ARN.');
  return targetOf(scope, resourceArn).name;
}
