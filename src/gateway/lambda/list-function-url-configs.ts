// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html

import { unqualifiedTargetOf } from '#registry';
import { urlConfigurationOf } from './url-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const listFunctionUrlConfigs: LambdaHandler<'ListFunctionUrlConfigs'> =
  (rooms) =>
  async (input, { scope }) => {
    const name = unqualifiedTargetOf(scope, input.FunctionName);
    const { items, nextMarker } = await rooms.registry.urls.list(scope, name, input);
    return { FunctionUrlConfigs: items.map((url) => urlConfigurationOf(rooms, scope, name, url)), NextMarker: nextMarker };
  };
