// https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html

import { ApiError } from '#kernel';
import { provisionableTarget } from './provisioned-concurrency.ts';
import type { LambdaHandler } from './operation.ts';

export const getProvisionedConcurrencyConfig: LambdaHandler<'GetProvisionedConcurrencyConfig'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await provisionableTarget(registry, scope, input);
    throw new ApiError(
      'ProvisionedConcurrencyConfigNotFoundException',
      'No Provisioned Concurrency Config found for this function',
      {
        fields: { Type: 'User' },
      },
    );
  };
