// https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_DeletePipe.html

import type { PipesHandler } from './operation.ts';
import { pipeSummary } from './operation.ts';

export const deletePipe: PipesHandler<'DeletePipe'> =
  ({ pipes }) =>
  async ({ Name }, { scope }) =>
    pipeSummary(scope, await pipes.delete(scope, Name));
