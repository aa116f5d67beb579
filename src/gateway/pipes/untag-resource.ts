// https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_UntagResource.html

import type { PipesHandler } from './operation.ts';
import { pipeNamed } from './pipe-named.ts';

export const untagResource: PipesHandler<'UntagResource'> =
  ({ pipes }) =>
  async ({ resourceArn, tagKeys }, { scope }) => {
    await pipes.untag(scope, pipeNamed(scope, resourceArn), tagKeys);
    return {};
  };
