// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteLayerVersion.html

import type { LambdaHandler } from './operation.ts';

export const deleteLayerVersion: LambdaHandler<'DeleteLayerVersion'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await registry.layers.delete(scope, input.LayerName, input.VersionNumber);
    return {};
  };
