// https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionPolicy.html

import { policyText } from '#registry';
import type { LambdaHandler } from './operation.ts';

export const getLayerVersionPolicy: LambdaHandler<'GetLayerVersionPolicy'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const policy = await registry.layers.getPolicy(scope, input.LayerName, input.VersionNumber);
    return { Policy: policyText(policy), RevisionId: policy.revisionId };
  };
