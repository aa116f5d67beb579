// Aliases: names for versions, with a share of the calls for a second version where wanted.
// https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html

import type { CreateAliasRequest, UpdateAliasRequest } from '@aws-sdk/client-lambda';
import type { FunctionName, FunctionVersion, Random, Scope } from '#kernel';
import { documents } from '../documents.ts';
import { functionArn, isVersionNumber, LATEST } from '../function-reference.ts';
import type { Page, PageRequest } from '../paging.ts';
import { pageOf } from '../paging.ts';
import {
  aliasNotFound,
  conflict,
  constraintViolated,
  functionNotFound,
  invalidParameter,
  refusal,
  revisionMismatch,
} from '../refusals.ts';
import { removeUrl } from './function-urls.ts';
import { aliasOf, publishedKey, put, qualifiedKey, remove } from './function-documents.ts';
import type { AliasRecord } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';
import { checkProvisionedAlias, withoutProvisioned } from './provisioned.ts';

export interface AliasDependencies {
  readonly functions: FunctionStore;
  readonly random: Random;
}

export type NewAlias = Readonly<Pick<CreateAliasRequest, 'Description' | 'RoutingConfig'>> & {
  readonly Name: string;
  readonly FunctionVersion: string;
};
export type AliasUpdate = Readonly<Pick<UpdateAliasRequest, 'FunctionVersion' | 'Description' | 'RoutingConfig' | 'RevisionId'>>;

const NAME = /^(?!\d+$)[a-zA-Z0-9_-]{1,128}$/;
const DESCRIPTION_LENGTH_MAX = 256;

export function createAlias(deps: AliasDependencies, scope: Scope, name: FunctionName, request: NewAlias): Promise<AliasRecord> {
  if (!NAME.test(request.Name))
    throw constraintViolated('name', request.Name, 'Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)');
  const key = qualifiedKey(scope, 'alias', name, request.Name);
  return deps.functions.change(scope, name, {
    missing: () => functionNotFound(functionArn(scope, name, request.FunctionVersion)),
    async decide(record) {
      if ((await deps.functions.resources.get(key)) !== undefined)
        throw conflict(`Alias already exists: ${functionArn(scope, name, request.Name)}`);
      const alias: AliasRecord = {
        name: request.Name,
        description: request.Description ?? '',
        version: request.FunctionVersion as FunctionVersion,
        additional: additionalOf(request.RoutingConfig),
        revisionId: deps.random.uuid(),
      };
      await checkAlias(deps, scope, name, alias);
      return { kind: 'change', record, also: [put(key, alias, 'absent')], result: alias };
    },
  });
}

export function updateAlias(
  deps: AliasDependencies,
  scope: Scope,
  name: FunctionName,
  aliasName: string,
  request: AliasUpdate,
): Promise<AliasRecord> {
  const key = qualifiedKey(scope, 'alias', name, aliasName);
  const missing = () => refusal('ResourceNotFoundException', `Alias not found: ${functionArn(scope, name, aliasName)}`);
  return deps.functions.change(scope, name, {
    missing,
    async decide(record) {
      const found = await deps.functions.resources.get(key);
      if (found === undefined) throw missing();
      const previous = aliasOf(found);
      if (request.RevisionId !== undefined && request.RevisionId !== previous.revisionId)
        throw revisionMismatch('GetFunction/GetAlias');
      const alias: AliasRecord = {
        ...previous,
        description: request.Description ?? previous.description,
        version: (request.FunctionVersion as FunctionVersion | undefined) ?? previous.version,
        additional: request.RoutingConfig === undefined ? previous.additional : additionalOf(request.RoutingConfig),
        revisionId: deps.random.uuid(),
      };
      await checkAlias(deps, scope, name, alias);
      checkProvisionedAlias(record, alias);
      return { kind: 'change', record, also: [put(key, alias)], result: alias };
    },
  });
}

export async function getAlias(
  { functions }: AliasDependencies,
  scope: Scope,
  name: FunctionName,
  aliasName: string,
): Promise<AliasRecord> {
  const found = await functions.resources.get(qualifiedKey(scope, 'alias', name, aliasName));
  if (found === undefined) throw aliasNotFound(functionArn(scope, name, aliasName));
  return aliasOf(found);
}

/** By name; `version` leaves out those that point elsewhere. */
export async function listAliases(
  { functions }: AliasDependencies,
  scope: Scope,
  name: FunctionName,
  request: PageRequest,
  version: string | undefined,
): Promise<Page<AliasRecord>> {
  await functions.get(scope, name);
  return pageOf(request, async function* aliases(after) {
    const from = after === undefined ? undefined : `${name}/${after}`;
    for await (const found of documents(functions.resources, { scope, kind: 'alias', prefix: `${name}/`, after: from })) {
      const alias = aliasOf(found);
      if (version === undefined || alias.version === version || alias.additional?.version === version)
        yield { name: alias.name, item: alias };
    }
  });
}

/** What hangs on an alias goes with it. Deleting one that is not there is no error, as on Lambda. */
export function deleteAlias({ functions }: AliasDependencies, scope: Scope, name: FunctionName, aliasName: string): Promise<void> {
  return functions.change<void>(scope, name, {
    async decide(record) {
      const key = qualifiedKey(scope, 'alias', name, aliasName);
      if ((await functions.resources.get(key)) === undefined) return { kind: 'keep', result: undefined };
      const also = [
        remove(key),
        remove(qualifiedKey(scope, 'function-policy', name, aliasName)),
        remove(qualifiedKey(scope, 'event-invoke', name, aliasName)),
        ...(await removeUrl(functions, scope, name, aliasName)),
      ];
      const without = await withoutProvisioned(functions, scope, record, aliasName);
      return { kind: 'change', record: without.changed, also: [...also, ...without.also], result: undefined };
    },
  });
}

function additionalOf(routing: CreateAliasRequest['RoutingConfig']): AliasRecord['additional'] {
  const weights = Object.entries(routing?.AdditionalVersionWeights ?? {});
  if (weights.length > 1) throw invalidParameter('Number of items in AdditionalVersionWeights cannot be greater than 1');
  const [only] = weights;
  if (only === undefined) return null;
  const [version, weight] = only;
  const shown = `{${version}=${weight}}`;
  if (!isVersionNumber(version))
    throw constraintViolated(
      'routingConfig.additionalVersionWeights',
      shown,
      'Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]',
    );
  if (!(weight >= 0 && weight <= 1))
    throw constraintViolated(
      'routingConfig.additionalVersionWeights',
      shown,
      'Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]',
    );
  return { version: version as FunctionVersion, weight };
}

async function checkAlias({ functions }: AliasDependencies, scope: Scope, name: FunctionName, alias: AliasRecord): Promise<void> {
  const { version, additional, description } = alias;
  if (description.length > DESCRIPTION_LENGTH_MAX)
    throw constraintViolated('description', description, `Member must have length less than or equal to ${DESCRIPTION_LENGTH_MAX}`);
  if (additional !== null && version === LATEST)
    throw invalidParameter('$LATEST is not supported for an alias pointing to more than 1 version');
  if (additional?.version === version)
    throw invalidParameter(
      `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
    );
  for (const wanted of [version, ...(additional === null ? [] : [additional.version])]) {
    if (wanted === LATEST) continue;
    const exists = isVersionNumber(wanted) && (await functions.resources.get(publishedKey(scope, name, wanted))) !== undefined;
    if (!exists) throw functionNotFound(functionArn(scope, name, wanted));
  }
}
