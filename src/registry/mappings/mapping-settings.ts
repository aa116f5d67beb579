// What a request says about a mapping, checked. Pure. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html

import type { CreateEventSourceMappingRequest, UpdateEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import { LIMITS } from '#kernel';
import { invalidParameter } from '../refusals.ts';
import { checkFilter } from './filter-criteria.ts';
import type { MappingSettings } from './mapping-record.ts';

export type MappingRequest = Readonly<Partial<CreateEventSourceMappingRequest> & Partial<UpdateEventSourceMappingRequest>>;

/** What a mapping has to know of its queue. */
export interface QueueFacts {
  readonly isFifo: boolean;
  readonly visibilityTimeoutSeconds: number;
}

const DEFAULTS: MappingSettings = {
  batchSize: 10,
  windowSeconds: 0,
  filters: [],
  reportsItemFailures: false,
  maximumConcurrency: null,
};

/** What the request leaves out stays as it was; its numbers are within their bounds, as the model has them. Throws InvalidParameterValueException. */
export function settingsOf(request: MappingRequest, previous: MappingSettings = DEFAULTS): MappingSettings {
  refuseWhatIsNotForQueues(request);
  refuseWhatIsNotServed(request);
  return {
    batchSize: request.BatchSize ?? previous.batchSize,
    windowSeconds: request.MaximumBatchingWindowInSeconds ?? previous.windowSeconds,
    filters: request.FilterCriteria === undefined ? previous.filters : filtersOf(request.FilterCriteria),
    reportsItemFailures:
      request.FunctionResponseTypes === undefined
        ? previous.reportsItemFailures
        : reportsItemFailures(request.FunctionResponseTypes),
    maximumConcurrency:
      request.ScalingConfig === undefined ? previous.maximumConcurrency : (request.ScalingConfig.MaximumConcurrency ?? null),
  };
}

/** Throws where the queue does not go with the settings, or with how long the function may take. */
export function checkAgainstQueue(
  { batchSize, windowSeconds }: MappingSettings,
  { isFifo, visibilityTimeoutSeconds }: QueueFacts,
  functionTimeoutSeconds: number,
): void {
  if (isFifo && windowSeconds > 0) throw invalidParameter('Batching window is not supported for FIFO queues.');
  if (isFifo && batchSize > LIMITS.mappingFifoBatch)
    throw invalidParameter(`BatchSize must be at most ${LIMITS.mappingFifoBatch} for FIFO queues.`);
  if (batchSize > LIMITS.mappingBatchWithoutWindow && windowSeconds === 0)
    throw invalidParameter(
      `Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than ${LIMITS.mappingBatchWithoutWindow}`,
    );
  if (visibilityTimeoutSeconds < functionTimeoutSeconds)
    throw invalidParameter(
      `Queue visibility timeout: ${visibilityTimeoutSeconds} seconds is less than Function timeout: ${functionTimeoutSeconds} seconds`,
    );
}

function filtersOf({ Filters = [] }: NonNullable<MappingRequest['FilterCriteria']>): readonly string[] {
  if (Filters.length > LIMITS.mappingFilters)
    throw invalidParameter(`A mapping has at most ${LIMITS.mappingFilters} filters; FilterCriteria has ${Filters.length}.`);
  return Filters.map(({ Pattern = '{}' }) => checkFilter(Pattern));
}

function reportsItemFailures(types: readonly string[]): boolean {
  const unknown = types.find((type) => type !== 'ReportBatchItemFailures');
  if (unknown !== undefined) throw invalidParameter(`FunctionResponseTypes knows ReportBatchItemFailures alone, not "${unknown}".`);
  return types.length > 0;
}

const FOR_OTHER_SOURCES = [
  'StartingPosition',
  'StartingPositionTimestamp',
  'ParallelizationFactor',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'BisectBatchOnFunctionError',
  'TumblingWindowInSeconds',
  'Topics',
  'Queues',
  'SourceAccessConfigurations',
  'SelfManagedEventSource',
  'AmazonManagedKafkaEventSourceConfig',
  'SelfManagedKafkaEventSourceConfig',
  'DocumentDBEventSourceConfig',
] as const satisfies readonly (keyof MappingRequest)[];

function refuseWhatIsNotForQueues(request: MappingRequest): void {
  for (const member of FOR_OTHER_SOURCES) {
    const value = request[member];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    // AWS has the one sentence for both.
    const said = member === 'StartingPositionTimestamp' ? 'StartingPosition' : member;
    throw invalidParameter(`${said} is not valid for SQS event sources.`);
  }
  const { OnSuccess, OnFailure } = request.DestinationConfig ?? {};
  if ((OnSuccess?.Destination ?? '') !== '' || (OnFailure?.Destination ?? '') !== '')
    throw invalidParameter(
      'DestinationConfig is not valid for SQS event sources. Give the queue a redrive policy: what fails too often goes to its dead-letter queue.',
    );
}

/** What would change what happens, and does not here, is refused instead of ignored. */
function refuseWhatIsNotServed(request: MappingRequest): void {
  if ((request.KMSKeyArn ?? '') !== '')
    throw invalidParameter('KMSKeyArn cannot be honoured: filter criteria are not encrypted with keys of your own. Leave it out.');
  if ((request.MetricsConfig?.Metrics?.length ?? 0) > 0)
    throw invalidParameter('MetricsConfig cannot be honoured: event source mappings have no metrics yet. Leave it out.');
  if (request.LoggingConfig?.SystemLogLevel !== undefined)
    throw invalidParameter(
      "LoggingConfig cannot be honoured: event source mappings write to the platform's own log. Leave it out.",
    );
  if (Object.values(request.ProvisionedPollerConfig ?? {}).some((value) => value !== undefined))
    throw invalidParameter(
      'ProvisionedPollerConfig cannot be honoured: a mapping has no pollers to provision here, it is told when a message arrives. Leave it out.',
    );
}
