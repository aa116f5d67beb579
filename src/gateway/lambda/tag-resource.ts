// https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html

import type { LambdaHandler } from './operation.ts';

export const tagResource: LambdaHandler<'TagResource'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await registry.tags.add(scope, input.Resource, input.Tags);
    return {};
  };
