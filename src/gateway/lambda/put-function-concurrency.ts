// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html

import { unqualifiedTargetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

export const putFunctionConcurrency: LambdaHandler<'PutFunctionConcurrency'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const name = unqualifiedTargetOf(scope, input.FunctionName);
    await registry.functions.reserveConcurrency(scope, name, input.ReservedConcurrentExecutions);
    return { ReservedConcurrentExecutions: input.ReservedConcurrentExecutions };
  };
