// https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_StopPipe.html

import type { PipesHandler } from './operation.ts';
import { changedPipe } from './operation.ts';

export const stopPipe: PipesHandler<'StopPipe'> =
  ({ pipes }) =>
  async ({ Name }, { scope }) =>
    changedPipe(scope, await pipes.stop(scope, Name));
