// https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html

import { targetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

export const removePermission: LambdaHandler<'RemovePermission'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const target = targetOf(scope, input.FunctionName, input.Qualifier);
    await registry.policies.remove(scope, target, input.StatementId, input.RevisionId);
    return {};
  };
