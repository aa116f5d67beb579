// https://docs.aws.amazon.com/lambda/latest/api/API_UntagResource.html

import type { LambdaHandler } from './operation.ts';

export const untagResource: LambdaHandler<'UntagResource'> =
  ({ registry }) =>
  async (input, { scope }) => {
    await registry.tags.remove(scope, input.Resource, input.TagKeys);
    return {};
  };
