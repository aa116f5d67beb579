// https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html

import type { LambdaHandler } from './operation.ts';

export const listTags: LambdaHandler<'ListTags'> =
  ({ registry }) =>
  async (input, { scope }) => ({ Tags: { ...(await registry.tags.list(scope, input.Resource)) } });
