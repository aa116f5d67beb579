// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html

import { unqualifiedTargetOf } from '#registry';
import { aliasConfigurationOf } from './alias-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const updateAlias: LambdaHandler<'UpdateAlias'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const name = unqualifiedTargetOf(scope, input.FunctionName);
    return aliasConfigurationOf(scope, name, await registry.aliases.update(scope, name, input.Name, input));
  };
