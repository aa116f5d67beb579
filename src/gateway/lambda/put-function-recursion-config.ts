// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html

import { ApiError } from '#kernel';
import { unqualifiedTargetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

export const putFunctionRecursionConfig: LambdaHandler<'PutFunctionRecursionConfig'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await registry.functions.get(scope, { name: unqualifiedTargetOf(scope, input.FunctionName) });
    if (input.RecursiveLoop !== 'Allow')
      throw new ApiError(
        'InvalidParameterValueException',
        `RecursiveLoop ${input.RecursiveLoop} cannot be honoured: loops are not detected. Reserve concurrency to bound what a loop can cost.`,
        { fields: { Type: 'User' } },
      );
    return { RecursiveLoop: 'Allow' };
  };
