// https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_CreatePipe.html

import type { PipesHandler } from './operation.ts';
import { changedPipe } from './operation.ts';

export const createPipe: PipesHandler<'CreatePipe'> =
  ({ pipes }) =>
  async (input, { scope }) =>
    changedPipe(scope, await pipes.create(scope, input));
