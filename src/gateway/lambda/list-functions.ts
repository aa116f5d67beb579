// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html

import { ApiError } from '#kernel';
import { listedConfigurationOf } from './function-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const listFunctions: LambdaHandler<'ListFunctions'> =
  ({ registry }) =>
  async (input, { scope }) => {
    // Lambda@Edge replicas are listed by the region of their master; there are none, so no region has any.
    if (input.MasterRegion !== undefined && input.MasterRegion !== 'ALL' && input.MasterRegion !== scope.region)
      return { Functions: [] };
    if (input.FunctionVersion !== undefined && input.FunctionVersion !== 'ALL')
      throw new ApiError(
        'ValidationException',
        `1 validation error detected: Value '${String(input.FunctionVersion)}' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]`,
      );
    const allVersions = input.FunctionVersion === 'ALL';
    const { items, nextMarker } = await registry.functions.list(scope, input, { allVersions });
    return {
      Functions: items.map((shown) =>
        listedConfigurationOf(registry, scope, shown, allVersions ? shown.version.version : undefined),
      ),
      NextMarker: nextMarker,
    };
  };
