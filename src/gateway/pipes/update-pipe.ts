// https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_UpdatePipe.html

import type { PipesHandler } from './operation.ts';
import { changedPipe } from './operation.ts';

export const updatePipe: PipesHandler<'UpdatePipe'> =
  ({ pipes }) =>
  async ({ Name, ...request }, { scope }) =>
    changedPipe(scope, await pipes.update(scope, Name, request));
