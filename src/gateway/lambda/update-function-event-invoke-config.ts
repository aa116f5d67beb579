// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html

import { targetOf } from '#registry';
import { eventInvokeConfigurationOf } from './event-invoke-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const updateFunctionEventInvokeConfig: LambdaHandler<'UpdateFunctionEventInvokeConfig'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const target = targetOf(scope, input.FunctionName, input.Qualifier);
    return eventInvokeConfigurationOf(scope, target.name, await registry.eventInvokes.set(scope, target, 'update', input));
  };
