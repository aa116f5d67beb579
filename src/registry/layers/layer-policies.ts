// The resource policies of layer versions. Layers are only reached within their account here, so a policy is kept and shown, and
// opens nothing to others.

import type { AddLayerVersionPermissionRequest } from '@aws-sdk/client-lambda';
import type { Random, Scope } from '#kernel';
import type { ResourceStore } from '#store';
import { put } from '../functions/function-documents.ts';
import type { PolicyRecord, PolicyStatement } from '../policies/policy-document.ts';
import { principalOf, withoutStatement, withStatement } from '../policies/policy-document.ts';
import { conflict, constraintViolated, invalidParameter, refusal, resourceNotFound, revisionMismatch } from '../refusals.ts';
import { layerNameOf, layerVersionArn, layerVersionKey, layerVersionOf } from './layer-record.ts';
import { checkedVersion } from './layers.ts';

export interface LayerPolicyDependencies {
  readonly resources: ResourceStore;
  readonly random: Random;
}

export type LayerPermission = Readonly<Pick<AddLayerVersionPermissionRequest, 'OrganizationId'>> & {
  readonly StatementId: string;
  readonly Action: string;
  readonly Principal: string;
};

const ATTEMPTS_MAX = 50;
const STATEMENT_ID = /^[a-zA-Z0-9_-]{1,100}$/;

export async function addLayerPermission(
  deps: LayerPolicyDependencies,
  scope: Scope,
  layer: string,
  version: number,
  permission: LayerPermission,
  revisionId: string | undefined,
): Promise<{ readonly statement: PolicyStatement; readonly revisionId: string }> {
  const { StatementId, Action, Principal, OrganizationId } = permission;
  if (!STATEMENT_ID.test(StatementId))
    throw constraintViolated('statementId', StatementId, 'Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)');
  if (Action !== 'lambda:GetLayerVersion')
    throw constraintViolated('action', Action, 'Member must satisfy regular expression pattern: lambda:GetLayerVersion');
  if (OrganizationId !== undefined && Principal !== '*')
    throw invalidParameter('OrganizationId goes with the principal * alone. Leave one of the two out.');
  const statement: PolicyStatement = {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: principalOf(Principal),
    Action,
    Resource: layerVersionArn(scope, layerNameOf(scope, layer), version),
    ...(OrganizationId === undefined ? {} : { Condition: { StringEquals: { 'aws:PrincipalOrgID': OrganizationId } } }),
  };
  const newRevision = deps.random.uuid();
  await changePolicy(deps, scope, layer, version, revisionId, (policy) => withStatement(policy, statement, newRevision));
  return { statement, revisionId: newRevision };
}

export function removeLayerPermission(
  deps: LayerPolicyDependencies,
  scope: Scope,
  layer: string,
  version: number,
  statementId: string,
  revisionId: string | undefined,
): Promise<void> {
  return changePolicy(deps, scope, layer, version, revisionId, (policy) => {
    if (policy === null) throw refusal('ResourceNotFoundException', `Statement ${statementId} is not found in resource policy.`);
    return withoutStatement(policy, statementId, deps.random.uuid());
  });
}

export async function getLayerPolicy(
  { resources }: LayerPolicyDependencies,
  scope: Scope,
  layer: string,
  version: number,
): Promise<PolicyRecord> {
  const found = await resources.get(layerVersionKey(scope, layerNameOf(scope, layer), checkedVersion(version)));
  const policy = found === undefined ? null : layerVersionOf(found).policy;
  if (policy === null) throw resourceNotFound();
  return policy;
}

async function changePolicy(
  { resources }: LayerPolicyDependencies,
  scope: Scope,
  layer: string,
  version: number,
  revisionId: string | undefined,
  change: (policy: PolicyRecord | null) => PolicyRecord | null,
): Promise<void> {
  const name = layerNameOf(scope, layer);
  const key = layerVersionKey(scope, name, checkedVersion(version));
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const found = await resources.get(key);
    if (found === undefined)
      throw refusal('ResourceNotFoundException', `Layer version ${layerVersionArn(scope, name, version)} does not exist.`);
    const record = layerVersionOf(found);
    if (revisionId !== undefined && revisionId !== record.policy?.revisionId) throw revisionMismatch('GetLayerPolicy');
    const outcome = await resources.commit([put(key, { ...record, policy: change(record.policy) }, { revision: found.revision })]);
    if (outcome.kind === 'committed') return;
  }
  throw conflict(`The policy of layer ${name} is changed by too many callers at once. Try again.`);
}
