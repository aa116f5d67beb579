// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html

import { unqualifiedTargetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

/** Loops are not looked for, so they are allowed, whatever Lambda's default is. */
export const getFunctionRecursionConfig: LambdaHandler<'GetFunctionRecursionConfig'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await registry.functions.get(scope, { name: unqualifiedTargetOf(scope, input.FunctionName) });
    return { RecursiveLoop: 'Allow' };
  };
