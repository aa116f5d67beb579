// Provisioned concurrency: how many instances of a published version or an alias are there before anybody calls. What the registry knows is what
// was asked for; the rooms above make it true. https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html

import type { Clock, FunctionName, FunctionVersion, Scope } from '#kernel';
import { LIMITS } from '#kernel';
import type { ResourceChange, ResourceKey } from '#store';
import { PLATFORM } from '../code/code-records.ts';
import { documents } from '../documents.ts';
import { functionArn, isVersionNumber, LATEST } from '../function-reference.ts';
import type { FunctionTarget, ProvisionedTarget } from '../invocable.ts';
import type { Page, PageRequest } from '../paging.ts';
import { pageOf } from '../paging.ts';
import { aliasNotFound, conflict, constraintViolated, functionNotFound, invalidParameter, refusal } from '../refusals.ts';
import { claimConcurrency } from './concurrency.ts';
import { aliasOf, publishedKey, put, qualifiedKey, remove } from './function-documents.ts';
import { provisionedTotal } from './function-record.ts';
import type { AliasRecord, FunctionRecord, ProvisionedRecord } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';
import { refuseWithTenantIsolation } from './tenant-isolation.ts';

export interface ProvisionedDependencies {
  readonly functions: FunctionStore;
  readonly clock: Clock;
}

/** With the version or alias that it is for. */
export interface ProvisionedConfig extends ProvisionedRecord {
  readonly qualifier: string;
}

const KIND = 'function-provisioned';

/** Functions that have any: found at a start, whatever account they belong to. */
const provisionedKey = (scope: Scope, name: FunctionName): ResourceKey => ({
  scope: PLATFORM,
  kind: KIND,
  name: `${scope.account}/${scope.region}/${name}`,
});

export function putProvisioned(
  { functions, clock }: ProvisionedDependencies,
  scope: Scope,
  target: FunctionTarget,
  requested: number,
): Promise<ProvisionedConfig> {
  if (!Number.isInteger(requested) || requested < 1)
    throw constraintViolated(
      'provisionedConcurrentExecutions',
      String(requested),
      'Member must have value greater than or equal to 1',
    );
  const { name } = target;
  return functions.change(scope, name, {
    missing: () => functionNotFound(functionArn(scope, name, target.qualifier)),
    async decide(record) {
      refuseWithTenantIsolation(record, 'Provisioned concurrency');
      const qualifier = await qualifierOf(functions, scope, target);
      await checkOverlap(functions, scope, record, qualifier);
      const set: ProvisionedRecord = { requested, modifiedAtMs: clock.now() };
      const changed = { ...record, provisioned: { ...record.provisioned, [qualifier]: set } };
      const total = provisionedTotal(changed);
      if (record.reservedConcurrency !== null && total > record.reservedConcurrency)
        throw invalidParameter(
          'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
        );
      if (requested > LIMITS.accountConcurrency)
        throw invalidParameter(
          `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${LIMITS.accountConcurrency}].`,
        );
      const claim = await claimConcurrency(functions.resources, scope, changed, 'ConcurrentExecutions');
      const also = [claim, put(provisionedKey(scope, name), {})];
      return { kind: 'change', record: changed, also, result: { ...set, qualifier } };
    },
  });
}

/** Throws ProvisionedConcurrencyConfigNotFoundException where there is none. */
export async function getProvisioned(
  { functions }: ProvisionedDependencies,
  scope: Scope,
  target: FunctionTarget,
): Promise<ProvisionedConfig> {
  const qualifier = await qualifierOf(functions, scope, target);
  const found = (await functions.get(scope, target.name)).provisioned?.[qualifier];
  if (found === undefined)
    throw refusal('ProvisionedConcurrencyConfigNotFoundException', 'No Provisioned Concurrency Config found for this function');
  return { ...found, qualifier };
}

/** Deleting one that is not there is no error, as on Lambda. */
export function deleteProvisioned({ functions }: ProvisionedDependencies, scope: Scope, target: FunctionTarget): Promise<void> {
  return functions.change<void>(scope, target.name, {
    missing: () => functionNotFound(functionArn(scope, target.name, target.qualifier)),
    async decide(record) {
      const qualifier = await qualifierOf(functions, scope, target);
      const { changed, also } = await withoutProvisioned(functions, scope, record, qualifier);
      if (changed === record) return { kind: 'keep', result: undefined };
      return { kind: 'change', record: changed, also, result: undefined };
    },
  });
}

/** For what deletes a version or an alias: its provisioned concurrency goes with it. */
export async function withoutProvisioned(
  { resources }: Pick<FunctionStore, 'resources'>,
  scope: Scope,
  record: FunctionRecord,
  qualifier: string,
): Promise<{ readonly changed: FunctionRecord; readonly also: readonly ResourceChange[] }> {
  if (record.provisioned?.[qualifier] === undefined) return { changed: record, also: [] };
  const { [qualifier]: _gone, ...provisioned } = record.provisioned;
  const changed = { ...record, provisioned };
  const also = [await claimConcurrency(resources, scope, changed, 'ConcurrentExecutions')];
  if (Object.keys(provisioned).length === 0) also.push(remove(provisionedKey(scope, record.name)));
  return { changed, also };
}

/** For what deletes the function. */
export const forgetProvisioned = (scope: Scope, name: FunctionName): ResourceChange => remove(provisionedKey(scope, name));

/** By qualifier. */
export async function listProvisioned(
  { functions }: ProvisionedDependencies,
  scope: Scope,
  name: FunctionName,
  request: PageRequest,
): Promise<Page<ProvisionedConfig>> {
  const { provisioned = {} } = await functions.get(scope, name);
  const configs = Object.entries(provisioned).sort(([one], [other]) => (one < other ? -1 : 1));
  return pageOf(request, async function* page(after) {
    for (const [qualifier, found] of configs)
      if (after === undefined || qualifier > after) yield { name: qualifier, item: { ...found, qualifier } };
  });
}

/** Which versions shall have instances, and how many; an alias that is weighted has some of both. */
export async function provisionedTargets(
  functions: FunctionStore,
  scope: Scope,
  name: FunctionName,
): Promise<readonly ProvisionedTarget[]> {
  const record = await functions.find(scope, name);
  const targets: ProvisionedTarget[] = [];
  for (const [qualifier, { requested }] of Object.entries(record?.provisioned ?? {})) {
    if (isVersionNumber(qualifier)) {
      targets.push({ qualifier, version: qualifier as FunctionVersion, count: requested });
      continue;
    }
    const found = await functions.resources.get(qualifiedKey(scope, 'alias', name, qualifier));
    if (found === undefined) continue;
    const { version, additional } = aliasOf(found);
    const second = additional === null ? 0 : Math.round(requested * additional.weight);
    if (requested > second) targets.push({ qualifier, version, count: requested - second });
    if (additional !== null && second > 0) targets.push({ qualifier, version: additional.version, count: second });
  }
  return targets;
}

export async function* provisionedFunctions({
  resources,
}: Pick<FunctionStore, 'resources'>): AsyncIterable<{ readonly scope: Scope; readonly name: FunctionName }> {
  for await (const { key } of documents(resources, { scope: PLATFORM, kind: KIND })) {
    const [account, region, name] = key.name.split('/') as [Scope['account'], Scope['region'], FunctionName];
    yield { scope: { account, region }, name };
  }
}

/** For an alias that is about to change: what it would lead to must be there to be provisioned, and not be provisioned already. */
export function checkProvisionedAlias({ provisioned = {} }: FunctionRecord, { name, version, additional }: AliasRecord): void {
  if (provisioned[name] === undefined) return;
  if (version === LATEST) throw unpublished();
  for (const each of [version, additional?.version])
    if (each !== undefined && provisioned[each] !== undefined) throw provisionedTwice();
}

/** Throws unless it is a published version or an alias, and exists. */
async function qualifierOf(functions: FunctionStore, scope: Scope, { name, qualifier }: FunctionTarget): Promise<string> {
  if (qualifier === undefined || qualifier === LATEST)
    throw invalidParameter('The function resource provided must be an alias or a published version.');
  const key = isVersionNumber(qualifier) ? publishedKey(scope, name, qualifier) : qualifiedKey(scope, 'alias', name, qualifier);
  if ((await functions.resources.get(key)) !== undefined) return qualifier;
  const arn = functionArn(scope, name, qualifier);
  throw isVersionNumber(qualifier) ? functionNotFound(arn) : aliasNotFound(arn);
}

async function checkOverlap(functions: FunctionStore, scope: Scope, record: FunctionRecord, qualifier: string): Promise<void> {
  const { provisioned = {} } = record;
  if (!isVersionNumber(qualifier)) {
    const found = await functions.resources.get(qualifiedKey(scope, 'alias', record.name, qualifier));
    if (found !== undefined)
      checkProvisionedAlias(
        { ...record, provisioned: { ...provisioned, [qualifier]: { requested: 1, modifiedAtMs: 0 } } },
        aliasOf(found),
      );
    return;
  }
  for (const other of Object.keys(provisioned)) {
    if (isVersionNumber(other)) continue;
    const found = await functions.resources.get(qualifiedKey(scope, 'alias', record.name, other));
    const alias = found && aliasOf(found);
    if (alias?.version === qualifier || alias?.additional?.version === qualifier)
      throw conflict('Version is pointed by a Provisioned Concurrency alias');
  }
}

const unpublished = () => invalidParameter('Provisioned Concurrency Configs cannot be applied to unpublished function versions.');

const provisionedTwice = () =>
  conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");
