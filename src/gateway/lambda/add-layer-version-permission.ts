// https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html

import type { LambdaHandler } from './operation.ts';

export const addLayerVersionPermission: LambdaHandler<'AddLayerVersionPermission'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const added = await registry.layers.addPermission(scope, input.LayerName, input.VersionNumber, input, input.RevisionId);
    return { Statement: JSON.stringify(added.statement), RevisionId: added.revisionId };
  };
