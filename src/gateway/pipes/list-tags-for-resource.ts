// https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_ListTagsForResource.html

import type { PipesHandler } from './operation.ts';
import { pipeNamed } from './pipe-named.ts';

export const listTagsForResource: PipesHandler<'ListTagsForResource'> =
  ({ pipes }) =>
  async ({ resourceArn }, { scope }) => ({ tags: (await pipes.get(scope, pipeNamed(scope, resourceArn))).tags });
