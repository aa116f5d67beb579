// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html

import { unqualifiedTargetOf } from '#registry';
import { configurationOf } from './function-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const updateFunctionCode: LambdaHandler<'UpdateFunctionCode'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const name = unqualifiedTargetOf(scope, input.FunctionName);
    const changed = await registry.functions.updateCode(scope, name, input);
    return configurationOf(registry, scope, changed, input.Publish === true ? changed.version.version : undefined);
  };
