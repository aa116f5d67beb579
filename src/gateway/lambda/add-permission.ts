// https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html

import { targetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

export const addPermission: LambdaHandler<'AddPermission'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const target = targetOf(scope, input.FunctionName, input.Qualifier);
    return { Statement: JSON.stringify(await registry.policies.add(scope, target, input, input.RevisionId)) };
  };
