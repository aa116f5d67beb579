// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteProvisionedConcurrencyConfig.html

import { targetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

export const deleteProvisionedConcurrencyConfig: LambdaHandler<'DeleteProvisionedConcurrencyConfig'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await registry.provisioned.delete(scope, targetOf(scope, input.FunctionName, input.Qualifier));
    return {};
  };
