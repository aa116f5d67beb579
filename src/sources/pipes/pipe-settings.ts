// What a request says about a pipe, checked. https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_CreatePipe.html

import type { CreatePipeRequest, FilterCriteria, PipeSourceSqsQueueParameters, UpdatePipeRequest } from '@aws-sdk/client-pipes';
import { LIMITS } from '#kernel';
import type { Scope } from '#kernel';
import { InvalidPattern, parsePattern } from '#patterns';
import { invalid } from './pipe-answers.ts';
import type { PipeRecord } from './pipe-record.ts';
import type { PipeTarget } from './pipe-target.ts';
import { BATCH_MAX, pipeTargetOf } from './pipe-target.ts';
import { compileParameter, compileTemplate } from './template.ts';

/** Of all that a source may have, what a queue has. The rest is refused by its name. */
interface SourceParameters {
  readonly SqsQueueParameters?: PipeSourceSqsQueueParameters | undefined;
  readonly FilterCriteria?: FilterCriteria | undefined;
}

export type PipeRequest = Readonly<Partial<Omit<CreatePipeRequest & UpdatePipeRequest, 'SourceParameters'>>> & {
  readonly SourceParameters?: SourceParameters | undefined;
};

export type PipeSettings = Pick<
  PipeRecord,
  | 'description'
  | 'source'
  | 'batchSize'
  | 'windowSeconds'
  | 'filters'
  | 'enrichment'
  | 'enrichmentParameters'
  | 'target'
  | 'targetParameters'
  | 'roleArn'
>;

const SQS_BATCH = 10;

const NOTHING: PipeSettings = {
  description: null,
  source: '',
  batchSize: null,
  windowSeconds: null,
  filters: [],
  enrichment: null,
  enrichmentParameters: null,
  target: '',
  targetParameters: null,
  roleArn: '',
};

/**
 * What the request leaves out stays as it was; what it says about a source, an enrichment or a target replaces all that was said of it.
 * Throws ValidationException.
 */
export function pipeSettingsOf(scope: Scope, request: PipeRequest, previous: PipeSettings = NOTHING): PipeSettings {
  refuseWhatIsNotServed(request);
  const { Source: source = previous.source, Target: target = previous.target, Enrichment: enrichment } = request;
  checkSource(scope, source);
  const settings: PipeSettings = {
    ...sourceSettings(source, request.SourceParameters, previous),
    description: request.Description ?? previous.description,
    source,
    enrichment: enrichment === undefined ? previous.enrichment : enrichment === '' ? null : enrichment,
    enrichmentParameters: request.EnrichmentParameters ?? previous.enrichmentParameters,
    target,
    // Parameters are those of their target: another target starts without.
    targetParameters: request.TargetParameters ?? (target === previous.target ? previous.targetParameters : null),
    roleArn: request.RoleArn ?? previous.roleArn,
  };
  checkEnrichment(settings);
  checkTarget(settings);
  return settings;
}

/** How many events a batch has at most: what was asked for, else as many as the target takes and a queue gives at once. */
export function batchSizeOf({ batchSize, target, targetParameters }: PipeSettings): number {
  return batchSize ?? Math.min(SQS_BATCH, BATCH_MAX[pipeTargetOf(target, targetParameters ?? undefined).kind]);
}

/** Every parameter of a target that may be a path into the event. */
export function dynamicParameters(target: PipeTarget): readonly string[] {
  switch (target.kind) {
    case 'queue':
      return [target.groupId, target.deduplicationId].filter(isGiven);
    case 'bus':
      return [target.source, target.detailType, target.time, ...target.resources].filter(isGiven);
    case 'logGroup':
      return [target.stream, target.timestamp].filter(isGiven);
    case 'apiDestination': {
      const { pathValues, headers, query } = target.parameters;
      return [...pathValues, ...Object.values(headers), ...Object.values(query)];
    }
    case 'function':
    case 'stateMachine':
    case 'topic':
      return [];
    default:
      return target satisfies never;
  }
}

const isGiven = (text: string | undefined): text is string => text !== undefined;

const SOURCES_NOT_SERVED: Readonly<Record<string, string>> = {
  kinesis: 'Kinesis streams',
  dynamodb: 'DynamoDB streams',
  kafka: 'Kafka topics',
  mq: 'message brokers (Amazon MQ)',
};

function checkSource(scope: Scope, source: string): void {
  const [, , service = '', region, account, name = ''] = source.split(':');
  if (service !== 'sqs' || name === '') {
    const what = source.startsWith('smk://') ? 'Kafka topics' : (SOURCES_NOT_SERVED[service] ?? `Sources like ${source}`);
    throw invalid(`${what} are not served as sources of pipes yet: use an SQS queue (arn:aws:sqs:…).`);
  }
  if (region !== scope.region || account !== scope.account)
    throw invalid(
      `The queue ${source} is in another account or region; a pipe reads queues of its own (${scope.account}, ${scope.region}).`,
    );
}

function sourceSettings(source: string, parameters: SourceParameters | undefined, previous: PipeSettings) {
  const { SqsQueueParameters: queue, FilterCriteria: criteria, ...others } = parameters ?? {};
  const stray = Object.entries(others).find(([, value]) => value !== undefined)?.[0];
  if (stray !== undefined) throw invalid(`SourceParameters.${stray} does not belong to the source ${source}.`);
  const batch =
    queue === undefined
      ? { batchSize: previous.batchSize, windowSeconds: previous.windowSeconds }
      : { batchSize: queue.BatchSize ?? null, windowSeconds: queue.MaximumBatchingWindowInSeconds ?? null };
  const { batchSize, windowSeconds } = batch;
  if (source.endsWith('.fifo') && ((windowSeconds ?? 0) > 0 || (batchSize ?? 0) > LIMITS.mappingFifoBatch))
    throw invalid(`A FIFO queue has batches of at most ${LIMITS.mappingFifoBatch}, without a batching window.`);
  if ((batchSize ?? 0) > LIMITS.mappingBatchWithoutWindow && (windowSeconds ?? 0) === 0)
    throw invalid(
      `Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than ${LIMITS.mappingBatchWithoutWindow}.`,
    );
  const filters = criteria === undefined ? previous.filters : (criteria.Filters ?? []).map(({ Pattern = '{}' }) => Pattern);
  for (const filter of filters) checkFilter(filter);
  return { ...batch, filters };
}

function checkFilter(filter: string): void {
  try {
    parsePattern(filter);
  } catch (cause) {
    if (!(cause instanceof InvalidPattern)) throw cause;
    throw invalid(`Event pattern is not valid. Reason: ${cause.message}`, cause);
  }
}

const ENRICHMENTS = /^arn:[\w-]+:(?:lambda:[^:]*:[^:]*:function|states:[^:]*:[^:]*:stateMachine):/;

function checkEnrichment({ enrichment, enrichmentParameters }: PipeSettings): void {
  if (enrichment !== null && !ENRICHMENTS.test(enrichment))
    throw invalid(
      `${enrichment} cannot enrich events: Lambda functions and express state machines alone are served as enrichments yet.`,
    );
  if (enrichmentParameters?.HttpParameters !== undefined)
    throw invalid(
      'EnrichmentParameters.HttpParameters belong to API Gateway and API destinations, which are not served as enrichments yet.',
    );
  if (enrichmentParameters?.InputTemplate !== undefined) compileTemplate(enrichmentParameters.InputTemplate);
}

function checkTarget(settings: PipeSettings): void {
  const { target: arn, targetParameters, batchSize } = settings;
  const target = pipeTargetOf(arn, targetParameters ?? undefined);
  for (const parameter of dynamicParameters(target)) compileParameter(parameter);
  if (targetParameters?.InputTemplate !== undefined) compileTemplate(targetParameters.InputTemplate);
  if (batchSize !== null && batchSize > BATCH_MAX[target.kind])
    throw invalid(`BatchSize ${batchSize} is more than the target ${arn} takes: ${BATCH_MAX[target.kind]}.`);
}

function refuseWhatIsNotServed({ LogConfiguration: logs, KmsKeyIdentifier: key }: PipeRequest): void {
  if (logs !== undefined && logs.Level !== 'OFF')
    throw invalid(
      "LogConfiguration cannot be honoured: pipes write no records of their executions, and say what went wrong in the platform's own log and as their StateReason. Leave it out, or set the level OFF.",
    );
  if ((key ?? '') !== '')
    throw invalid('KmsKeyIdentifier cannot be honoured: pipes are not encrypted with keys of your own. Leave it out.');
}
