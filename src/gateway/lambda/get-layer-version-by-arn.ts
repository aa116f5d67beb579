// https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionByArn.html

import { ApiError } from '#kernel';
import { layerArn, parseLayerVersionArn } from '#registry';
import { layerVersionOutput } from './layer-version-output.ts';
import type { LambdaHandler } from './operation.ts';

export const getLayerVersionByArn: LambdaHandler<'GetLayerVersionByArn'> =
  ({ registry }) =>
  async (input, context) => {
    const { scope } = context;
    const reference = parseLayerVersionArn(input.Arn);
    if (reference === undefined)
      throw new ApiError(
        'ValidationException',
        `1 validation error detected: Value '${input.Arn.slice(0, 256)}' at 'arn' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+`,
      );
    if (reference.region !== scope.region || reference.account !== scope.account)
      throw new ApiError(
        'AccessDeniedException',
        `The layer ${input.Arn} cannot be reached from here. Layers of this account begin with ${layerArn(scope, '')}.`,
        { fields: { Type: 'User' } },
      );
    return layerVersionOutput(registry, context, await registry.layers.get(scope, reference.name, reference.version));
  };
