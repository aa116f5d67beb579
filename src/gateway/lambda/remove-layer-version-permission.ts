// https://docs.aws.amazon.com/lambda/latest/api/API_RemoveLayerVersionPermission.html

import type { LambdaHandler } from './operation.ts';

export const removeLayerVersionPermission: LambdaHandler<'RemoveLayerVersionPermission'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await registry.layers.removePermission(scope, input.LayerName, input.VersionNumber, input.StatementId, input.RevisionId);
    return {};
  };
