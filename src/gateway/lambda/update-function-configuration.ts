// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html

import { unqualifiedTargetOf } from '#registry';
import { configurationOf } from './function-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const updateFunctionConfiguration: LambdaHandler<'UpdateFunctionConfiguration'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const name = unqualifiedTargetOf(scope, input.FunctionName);
    const changed = await registry.functions.updateConfiguration(scope, name, input);
    return configurationOf(registry, scope, changed, undefined);
  };
