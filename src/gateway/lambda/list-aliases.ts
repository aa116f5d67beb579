// https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html

import { unqualifiedTargetOf } from '#registry';
import { aliasConfigurationOf } from './alias-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const listAliases: LambdaHandler<'ListAliases'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const name = unqualifiedTargetOf(scope, input.FunctionName);
    const { items, nextMarker } = await registry.aliases.list(scope, name, input, input.FunctionVersion);
    return { Aliases: items.map((alias) => aliasConfigurationOf(scope, name, alias)), NextMarker: nextMarker };
  };
