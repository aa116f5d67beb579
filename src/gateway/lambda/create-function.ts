// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html

import { configurationOf } from './function-configuration.ts';
import type { LambdaHandler } from './operation.ts';

/** With Publish the answer is the new version, under the function's own ARN. */
export const createFunction: LambdaHandler<'CreateFunction'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const created = await registry.functions.create(scope, input);
    return configurationOf(registry, scope, created, undefined);
  };
