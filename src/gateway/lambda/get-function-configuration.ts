// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html

import { targetOf } from '#registry';
import { configurationOf } from './function-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const getFunctionConfiguration: LambdaHandler<'GetFunctionConfiguration'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const target = targetOf(scope, input.FunctionName, input.Qualifier);
    return configurationOf(registry, scope, await registry.functions.get(scope, target), target.qualifier);
  };
