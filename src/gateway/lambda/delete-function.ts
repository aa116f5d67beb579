// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html

import { targetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

/** Deleted at once, so the status is 204; Lambda answers 202 where instances have to wind up first. */
export const deleteFunction: LambdaHandler<'DeleteFunction'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await registry.functions.delete(scope, targetOf(scope, input.FunctionName, input.Qualifier));
    return { StatusCode: 204 };
  };
