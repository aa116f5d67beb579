// https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html

import { unqualifiedTargetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

export const listProvisionedConcurrencyConfigs: LambdaHandler<'ListProvisionedConcurrencyConfigs'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await registry.functions.get(scope, { name: unqualifiedTargetOf(scope, input.FunctionName) });
    return { ProvisionedConcurrencyConfigs: [] };
  };
