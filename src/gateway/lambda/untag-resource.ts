// https://docs.aws.amazon.com/lambda/latest/api/API_UntagResource.html

import type { LambdaHandler } from './operation.ts';
import { tagged } from './tagged.ts';

export const untagResource: LambdaHandler<'UntagResource'> =
  (rooms) =>
  async (input, { scope }) => {
    await tagged(rooms, scope, input.Resource).remove(input.TagKeys);
    return {};
  };
