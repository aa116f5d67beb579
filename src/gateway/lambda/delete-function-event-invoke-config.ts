// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionEventInvokeConfig.html

import { targetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

export const deleteFunctionEventInvokeConfig: LambdaHandler<'DeleteFunctionEventInvokeConfig'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await registry.eventInvokes.delete(scope, targetOf(scope, input.FunctionName, input.Qualifier));
    return {};
  };
