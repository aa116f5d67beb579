// https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html

import type { LambdaHandler } from './operation.ts';
import { tagged } from './tagged.ts';

export const tagResource: LambdaHandler<'TagResource'> =
  (rooms) =>
  async (input, { scope }) => {
    await tagged(rooms, scope, input.Resource).add(input.Tags);
    return {};
  };
