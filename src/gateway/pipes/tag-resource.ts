// https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_TagResource.html

import type { PipesHandler } from './operation.ts';
import { pipeNamed } from './pipe-named.ts';

export const tagResource: PipesHandler<'TagResource'> =
  ({ pipes }) =>
  async ({ resourceArn, tags }, { scope }) => {
    await pipes.tag(scope, pipeNamed(scope, resourceArn), tags);
    return {};
  };
