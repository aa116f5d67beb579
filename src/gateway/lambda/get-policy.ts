// https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html

import { policyText, targetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

export const getPolicy: LambdaHandler<'GetPolicy'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const policy = await registry.policies.get(scope, targetOf(scope, input.FunctionName, input.Qualifier));
    return { Policy: policyText(policy), RevisionId: policy.revisionId };
  };
