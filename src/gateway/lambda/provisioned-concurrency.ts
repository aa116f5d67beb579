// What provisioned concurrency could be asked for: an alias or a published version that exists.

import { ApiError } from '#kernel';
import type { Scope } from '#kernel';
import type { FunctionTarget, Registry } from '#registry';
import { functionArn, LATEST, targetOf } from '#registry';

export async function provisionableTarget(
  registry: Registry,
  scope: Scope,
  input: { readonly FunctionName: string; readonly Qualifier: string },
): Promise<FunctionTarget> {
  const target = targetOf(scope, input.FunctionName, input.Qualifier);
  const fields = { Type: 'User' };
  if (target.qualifier === undefined || target.qualifier === LATEST)
    throw new ApiError(
      'InvalidParameterValueException',
      'The function resource provided must be an alias or a published version.',
      { fields },
    );
  try {
    await registry.functions.get(scope, target);
  } catch (cause) {
    if (/^\d+$/.test(target.qualifier)) throw cause;
    const arn = functionArn(scope, target.name, target.qualifier);
    throw new ApiError('ResourceNotFoundException', `Cannot find alias arn: ${arn}`, { fields, cause });
  }
  return target;
}
