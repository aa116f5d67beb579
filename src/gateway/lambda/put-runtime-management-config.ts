// https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html

import { ApiError } from '#kernel';
import { functionArn, LATEST, targetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

/** Runtimes come with the platform and are renewed with it, which is what Auto says. */
export const putRuntimeManagementConfig: LambdaHandler<'PutRuntimeManagementConfig'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const target = targetOf(scope, input.FunctionName, input.Qualifier);
    await registry.functions.get(scope, target);
    if (input.UpdateRuntimeOn !== 'Auto' || (input.RuntimeVersionArn ?? '') !== '')
      throw new ApiError(
        'InvalidParameterValueException',
        `UpdateRuntimeOn ${input.UpdateRuntimeOn} cannot be honoured: a runtime is the one that this platform was installed with. Use Auto, without a RuntimeVersionArn.`,
        { fields: { Type: 'User' } },
      );
    return {
      UpdateRuntimeOn: 'Auto',
      FunctionArn: functionArn(scope, target.name, target.qualifier ?? LATEST),
      RuntimeVersionArn: undefined,
    };
  };
