// https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_ListPipes.html

import type { PipesHandler } from './operation.ts';
import { changedPipe } from './operation.ts';

export const listPipes: PipesHandler<'ListPipes'> =
  ({ pipes, pipeProblem }) =>
  async (input, { scope }) => {
    const page = await pipes.list(scope, input);
    return {
      Pipes: page.pipes.map((record) => ({
        ...changedPipe(scope, record),
        StateReason: pipeProblem(scope, record.name),
        Source: record.source,
        Target: record.target,
        Enrichment: record.enrichment ?? undefined,
      })),
      NextToken: page.nextToken,
    };
  };
