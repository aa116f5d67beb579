// An event source mapping, as Lambda's API shows it.
// https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html

import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';
import type { Scope } from '#kernel';
import type { MappingRecord } from '#registry';
import { functionArn, mappingArn, stateOf } from '#registry';

/** `lastResult`: undefined as long as nothing was processed. */
export function mappingConfigurationOf(
  scope: Scope,
  record: MappingRecord,
  lastResult: string | undefined,
): EventSourceMappingConfiguration {
  const { uuid, sourceArn, qualifier, settings } = record;
  const { batchSize, windowSeconds, filters, reportsItemFailures, maximumConcurrency } = settings;
  return {
    UUID: uuid,
    EventSourceMappingArn: mappingArn(scope, uuid),
    EventSourceArn: sourceArn,
    FunctionArn: functionArn(scope, record.function, qualifier ?? undefined),
    BatchSize: batchSize,
    MaximumBatchingWindowInSeconds: windowSeconds,
    FunctionResponseTypes: reportsItemFailures ? ['ReportBatchItemFailures'] : [],
    State: stateOf(record),
    StateTransitionReason: 'USER_INITIATED',
    LastProcessingResult: lastResult ?? 'No records processed',
    LastModified: new Date(record.modifiedAtMs),
    ...(filters.length === 0 ? undefined : { FilterCriteria: { Filters: filters.map((Pattern) => ({ Pattern })) } }),
    ...(maximumConcurrency === null ? undefined : { ScalingConfig: { MaximumConcurrency: maximumConcurrency } }),
  };
}
