// https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html

import { unqualifiedTargetOf } from '#registry';
import { aliasConfigurationOf } from './alias-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const getAlias: LambdaHandler<'GetAlias'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const name = unqualifiedTargetOf(scope, input.FunctionName);
    return aliasConfigurationOf(scope, name, await registry.aliases.get(scope, name, input.Name));
  };
