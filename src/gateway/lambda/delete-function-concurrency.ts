// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionConcurrency.html

import { unqualifiedTargetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

export const deleteFunctionConcurrency: LambdaHandler<'DeleteFunctionConcurrency'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await registry.functions.reserveConcurrency(scope, unqualifiedTargetOf(scope, input.FunctionName), null);
    return {};
  };
