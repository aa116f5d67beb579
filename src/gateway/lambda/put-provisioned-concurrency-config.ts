// https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html

import { ApiError } from '#kernel';
import { LATEST, targetOf } from '#registry';
import { provisionedConcurrencyOf } from './provisioned-concurrency.ts';
import type { LambdaHandler } from './operation.ts';

export const putProvisionedConcurrencyConfig: LambdaHandler<'PutProvisionedConcurrencyConfig'> =
  (rooms) =>
  async (input, { scope }) => {
    const target = targetOf(scope, input.FunctionName, input.Qualifier);
    if (target.qualifier === LATEST)
      throw new ApiError(
        'InvalidParameterValueException',
        'Provisioned Concurrency Configs cannot be applied to unpublished function versions.',
        { fields: { Type: 'User' } },
      );
    const config = await rooms.registry.provisioned.put(scope, target, input.ProvisionedConcurrentExecutions);
    return provisionedConcurrencyOf(rooms, scope, target.name, config);
  };
