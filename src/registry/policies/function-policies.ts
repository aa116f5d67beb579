// The resource policies of functions: one for the function itself, one for each version and alias that was given one.

import type { Random, Scope } from '#kernel';
import type { Resource } from '#store';
import { aliasOf, publishedKey, put, qualifiedKey, remove, versionOf } from '../functions/function-documents.ts';
import type { FunctionRecord } from '../functions/function-record.ts';
import type { FunctionStore } from '../functions/function-store.ts';
import { functionArn, isVersionNumber, LATEST } from '../function-reference.ts';
import type { FunctionTarget } from '../invocable.ts';
import { aliasNotFound, functionNotFound, invalidParameter, refusal, resourceNotFound, revisionMismatch } from '../refusals.ts';
import type { Permission, PolicyRecord, PolicyStatement } from './policy-document.ts';
import { statementOf, withoutStatement, withStatement } from './policy-document.ts';

export interface PolicyDependencies {
  readonly functions: FunctionStore;
  readonly random: Random;
}

export const policyOf = (resource: Resource) => resource.body as unknown as PolicyRecord;

export function addPermission(
  { functions, random }: PolicyDependencies,
  scope: Scope,
  target: FunctionTarget,
  permission: Permission,
  revisionId: string | undefined,
): Promise<PolicyStatement> {
  const { name, qualifier } = target;
  if (qualifier === LATEST) throw invalidParameter('We currently do not support adding policies for $LATEST.');
  if (permission.FunctionUrlAuthType !== undefined && permission.Action !== 'lambda:InvokeFunctionUrl')
    throw invalidParameter('FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action');
  const statement = statementOf(functionArn(scope, name, qualifier), permission);
  const key = qualifiedKey(scope, 'function-policy', name, qualifier);
  return functions.change(scope, name, {
    missing: () => functionNotFound(functionArn(scope, name, qualifier)),
    async decide(record) {
      const revisionOfTarget = await revisionBehind(functions, scope, target, record);
      const found = await functions.resources.get(key);
      const policy = found === undefined ? null : policyOf(found);
      // Before the first statement there is no policy to know a revision of: Lambda compares with the function's or alias's then.
      if (revisionId !== undefined && revisionId !== (policy?.revisionId ?? revisionOfTarget)) throw revisionMismatch('GetPolicy');
      const changed = withStatement(policy, statement, random.uuid());
      return { kind: 'change', record, also: [put(key, changed)], result: statement };
    },
  });
}

export function removePermission(
  { functions, random }: PolicyDependencies,
  scope: Scope,
  { name, qualifier }: FunctionTarget,
  statementId: string,
  revisionId: string | undefined,
): Promise<void> {
  const key = qualifiedKey(scope, 'function-policy', name, qualifier);
  return functions.change<void>(scope, name, {
    missing: () => refusal('ResourceNotFoundException', `No policy found for: ${functionArn(scope, name, qualifier)}`),
    async decide(record) {
      const found = await functions.resources.get(key);
      if (found === undefined) throw refusal('ResourceNotFoundException', 'No policy is associated with the given resource.');
      const policy = policyOf(found);
      if (revisionId !== undefined && revisionId !== policy.revisionId) throw revisionMismatch('GetPolicy');
      const changed = withoutStatement(policy, statementId, random.uuid());
      return { kind: 'change', record, also: [changed === null ? remove(key) : put(key, changed)], result: undefined };
    },
  });
}

export async function getPolicy(
  { functions }: PolicyDependencies,
  scope: Scope,
  { name, qualifier }: FunctionTarget,
): Promise<PolicyRecord> {
  const found = await functions.resources.get(qualifiedKey(scope, 'function-policy', name, qualifier));
  if (found === undefined) throw resourceNotFound();
  return policyOf(found);
}

/** The revision of what the policy is for; throws where that does not exist. */
async function revisionBehind(
  functions: FunctionStore,
  scope: Scope,
  { name, qualifier }: FunctionTarget,
  record: FunctionRecord,
): Promise<string> {
  if (qualifier === undefined) return record.latest.revisionId;
  const arn = functionArn(scope, name, qualifier);
  if (isVersionNumber(qualifier)) {
    const found = await functions.resources.get(publishedKey(scope, name, qualifier));
    if (found === undefined) throw functionNotFound(arn);
    return versionOf(found).revisionId;
  }
  const found = await functions.resources.get(qualifiedKey(scope, 'alias', name, qualifier));
  // A qualifier with a dollar sign can be no alias.
  if (found === undefined) throw qualifier.includes('$') ? functionNotFound(arn) : aliasNotFound(arn);
  return aliasOf(found).revisionId;
}
