// https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html

import { unqualifiedTargetOf } from '#registry';
import { listedConfigurationOf } from './function-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const listVersionsByFunction: LambdaHandler<'ListVersionsByFunction'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const name = unqualifiedTargetOf(scope, input.FunctionName);
    const { items, nextMarker } = await registry.functions.listVersions(scope, name, input);
    return {
      Versions: items.map((shown) => listedConfigurationOf(registry, scope, shown, shown.version.version)),
      NextMarker: nextMarker,
    };
  };
