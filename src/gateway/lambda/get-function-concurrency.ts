// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html

import { unqualifiedTargetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

export const getFunctionConcurrency: LambdaHandler<'GetFunctionConcurrency'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const name = unqualifiedTargetOf(scope, input.FunctionName);
    const { record } = await registry.functions.get(scope, { name });
    return { ReservedConcurrentExecutions: record.reservedConcurrency ?? undefined };
  };
