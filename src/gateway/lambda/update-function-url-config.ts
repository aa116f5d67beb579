// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionUrlConfig.html

import { targetOf } from '#registry';
import { urlConfigurationOf } from './url-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const updateFunctionUrlConfig: LambdaHandler<'UpdateFunctionUrlConfig'> =
  (rooms) =>
  async (input, { scope }) => {
    const target = targetOf(scope, input.FunctionName, input.Qualifier);
    return urlConfigurationOf(rooms, scope, target.name, await rooms.registry.urls.update(scope, target, input));
  };
