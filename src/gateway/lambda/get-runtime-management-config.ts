// https://docs.aws.amazon.com/lambda/latest/api/API_GetRuntimeManagementConfig.html

import { functionArn, LATEST, targetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

export const getRuntimeManagementConfig: LambdaHandler<'GetRuntimeManagementConfig'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const target = targetOf(scope, input.FunctionName, input.Qualifier);
    await registry.functions.get(scope, target);
    return { UpdateRuntimeOn: 'Auto', FunctionArn: functionArn(scope, target.name, target.qualifier ?? LATEST) };
  };
