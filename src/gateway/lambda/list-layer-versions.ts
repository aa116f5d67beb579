// https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html

import { layerVersionItem } from './layer-version-output.ts';
import type { LambdaHandler } from './operation.ts';

export const listLayerVersions: LambdaHandler<'ListLayerVersions'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const filter = { runtime: input.CompatibleRuntime, architecture: input.CompatibleArchitecture };
    const { items, nextMarker } = await registry.layers.listVersions(scope, input.LayerName, input, filter);
    return { LayerVersions: items.map((version) => layerVersionItem(scope, version)), NextMarker: nextMarker };
  };
