// https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html

import { ApiError } from '#kernel';
import { provisionableTarget } from './provisioned-concurrency.ts';
import type { LambdaHandler } from './operation.ts';

export const putProvisionedConcurrencyConfig: LambdaHandler<'PutProvisionedConcurrencyConfig'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await provisionableTarget(registry, scope, input);
    throw new ApiError(
      'InvalidParameterValueException',
      'Provisioned concurrency is not served yet. Sandboxes are kept warm for all functions instead; reserve concurrency to hold capacity for this one.',
      { fields: { Type: 'User' } },
    );
  };
