// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionCodeSigningConfig.html

import { unqualifiedTargetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

/** No function has one, which Lambda says with an empty answer. */
export const getFunctionCodeSigningConfig: LambdaHandler<'GetFunctionCodeSigningConfig'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await registry.functions.get(scope, { name: unqualifiedTargetOf(scope, input.FunctionName) });
    return { CodeSigningConfigArn: undefined, FunctionName: undefined };
  };
