// https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html

import { targetOf } from '#registry';
import { provisionedConcurrencyOf } from './provisioned-concurrency.ts';
import type { LambdaHandler } from './operation.ts';

export const getProvisionedConcurrencyConfig: LambdaHandler<'GetProvisionedConcurrencyConfig'> =
  (rooms) =>
  async (input, { scope }) => {
    const target = targetOf(scope, input.FunctionName, input.Qualifier);
    return provisionedConcurrencyOf(rooms, scope, target.name, await rooms.registry.provisioned.get(scope, target));
  };
