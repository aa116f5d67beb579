// https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html

import { unqualifiedTargetOf } from '#registry';
import { aliasConfigurationOf } from './alias-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const createAlias: LambdaHandler<'CreateAlias'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const name = unqualifiedTargetOf(scope, input.FunctionName);
    return aliasConfigurationOf(scope, name, await registry.aliases.create(scope, name, input));
  };
