// https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_DescribePipe.html

import type { PipeSourceParameters } from '@aws-sdk/client-pipes';
import { pipeBatchSizeOf } from '#sources';
import type { PipeRecord } from '#sources';
import type { PipesHandler } from './operation.ts';
import { pipeSummary } from './operation.ts';

export const describePipe: PipesHandler<'DescribePipe'> =
  ({ pipes, pipeProblem }) =>
  async ({ Name }, { scope }) => {
    const record = await pipes.get(scope, Name);
    return {
      ...pipeSummary(scope, record),
      Description: record.description ?? undefined,
      StateReason: pipeProblem(scope, Name),
      Source: record.source,
      SourceParameters: sourceParametersOf(record),
      Enrichment: record.enrichment ?? undefined,
      EnrichmentParameters: record.enrichmentParameters ?? undefined,
      Target: record.target,
      TargetParameters: record.targetParameters ?? undefined,
      RoleArn: record.roleArn,
      Tags: record.tags,
    };
  };

/** What a batch has when nothing was said is shown, as AWS shows it. */
function sourceParametersOf(record: PipeRecord): PipeSourceParameters {
  const { windowSeconds, filters } = record;
  return {
    SqsQueueParameters: { BatchSize: pipeBatchSizeOf(record), MaximumBatchingWindowInSeconds: windowSeconds ?? undefined },
    ...(filters.length === 0 ? undefined : { FilterCriteria: { Filters: filters.map((Pattern) => ({ Pattern })) } }),
  };
}
