// https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html

import { layerVersionOutput } from './layer-version-output.ts';
import type { LambdaHandler } from './operation.ts';

export const publishLayerVersion: LambdaHandler<'PublishLayerVersion'> =
  ({ registry }) =>
  async (input, context) =>
    layerVersionOutput(registry, context, await registry.layers.publish(context.scope, input));
