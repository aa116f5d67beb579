// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteProvisionedConcurrencyConfig.html

import { provisionableTarget } from './provisioned-concurrency.ts';
import type { LambdaHandler } from './operation.ts';

/** There is never one to delete, and deleting none is no error. */
export const deleteProvisionedConcurrencyConfig: LambdaHandler<'DeleteProvisionedConcurrencyConfig'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await provisionableTarget(registry, scope, input);
    return {};
  };
