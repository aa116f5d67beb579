// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html

import { unqualifiedTargetOf } from '#registry';
import type { LambdaHandler } from './operation.ts';

export const deleteAlias: LambdaHandler<'DeleteAlias'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await registry.aliases.delete(scope, unqualifiedTargetOf(scope, input.FunctionName), input.Name);
    return {};
  };
