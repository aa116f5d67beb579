// https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_StartPipe.html

import type { PipesHandler } from './operation.ts';
import { changedPipe } from './operation.ts';

export const startPipe: PipesHandler<'StartPipe'> =
  ({ pipes }) =>
  async ({ Name }, { scope }) =>
    changedPipe(scope, await pipes.start(scope, Name));
