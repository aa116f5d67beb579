// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html

import { unqualifiedTargetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

export const getFunctionRecursionConfig: LambdaHandler<'GetFunctionRecursionConfig'> =
  ({ registry }) =>
  async (input, { scope }) => ({
    RecursiveLoop: await registry.recursion.get(scope, unqualifiedTargetOf(scope, input.FunctionName)),
  });
