// https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html

import { layerArn } from '#registry';
import { layerVersionItem } from './layer-version-output.ts';
import type { LambdaHandler } from './operation.ts';

export const listLayers: LambdaHandler<'ListLayers'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const filter = { runtime: input.CompatibleRuntime, architecture: input.CompatibleArchitecture };
    const { items, nextMarker } = await registry.layers.list(scope, input, filter);
    return {
      Layers: items.map((newest) => ({
        LayerName: newest.layer,
        LayerArn: layerArn(scope, newest.layer),
        LatestMatchingVersion: layerVersionItem(scope, newest),
      })),
      NextMarker: nextMarker,
    };
  };
