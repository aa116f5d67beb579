// https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html

import { layerVersionOutput } from './layer-version-output.ts';
import type { LambdaHandler } from './operation.ts';

export const getLayerVersion: LambdaHandler<'GetLayerVersion'> =
  ({ registry }) =>
  async (input, context) =>
    layerVersionOutput(registry, context, await registry.layers.get(context.scope, input.LayerName, input.VersionNumber));
