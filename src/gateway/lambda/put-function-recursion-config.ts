// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html

import { unqualifiedTargetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

export const putFunctionRecursionConfig: LambdaHandler<'PutFunctionRecursionConfig'> =
  ({ registry }) =>
  async (input, { scope }) => ({
    RecursiveLoop: await registry.recursion.set(scope, unqualifiedTargetOf(scope, input.FunctionName), input.RecursiveLoop),
  });
