// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionUrlConfig.html

import { targetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

export const deleteFunctionUrlConfig: LambdaHandler<'DeleteFunctionUrlConfig'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await registry.urls.delete(scope, targetOf(scope, input.FunctionName, input.Qualifier));
    return {};
  };
