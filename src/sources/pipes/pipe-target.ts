// Where a pipe leads: the kinds of targets that are served, what of their parameters is, and how large a batch each takes.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html

import type { PipeTargetParameters } from '@aws-sdk/client-pipes';
import { invalid } from './pipe-answers.ts';

export type PipeTarget =
  | { readonly kind: 'function' | 'stateMachine'; readonly arn: string; readonly isAsynchronous: boolean }
  | {
      readonly kind: 'queue';
      readonly arn: string;
      readonly groupId: string | undefined;
      readonly deduplicationId: string | undefined;
    }
  | { readonly kind: 'topic'; readonly arn: string }
  | {
      readonly kind: 'bus';
      readonly arn: string;
      readonly source: string | undefined;
      readonly detailType: string | undefined;
      readonly resources: readonly string[];
      readonly time: string | undefined;
    }
  | {
      readonly kind: 'logGroup';
      readonly arn: string;
      readonly stream: string | undefined;
      readonly timestamp: string | undefined;
    }
  | { readonly kind: 'apiDestination'; readonly arn: string; readonly name: string; readonly parameters: DestinationParameters };

/** Each value may be a path into the event. */
export interface DestinationParameters {
  readonly pathValues: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** As many events as one batch may have. Functions and state machines take what fits into their payload. */
export const BATCH_MAX: Readonly<Record<PipeTarget['kind'], number>> = {
  function: 10_000,
  stateMachine: 10_000,
  queue: 10,
  topic: 10,
  bus: 10,
  logGroup: 10_000,
  apiDestination: 1,
};

const PARAMETERS: Readonly<Record<PipeTarget['kind'], keyof PipeTargetParameters | undefined>> = {
  function: 'LambdaFunctionParameters',
  stateMachine: 'StepFunctionStateMachineParameters',
  queue: 'SqsQueueParameters',
  topic: undefined,
  bus: 'EventBridgeEventBusParameters',
  logGroup: 'CloudWatchLogsParameters',
  apiDestination: 'HttpParameters',
};

const NOT_SERVED: Readonly<Record<string, string>> = {
  kinesis: 'Kinesis streams',
  firehose: 'Firehose streams',
  ecs: 'ECS tasks',
  batch: 'Batch job queues',
  redshift: 'Redshift clusters',
  'redshift-serverless': 'Redshift workgroups',
  sagemaker: 'SageMaker pipelines',
  'execute-api': 'API Gateway APIs',
  timestream: 'Timestream tables',
  inspector: 'Inspector templates',
};

/** Throws ValidationException for what is not served, and for parameters of another kind of target. */
export function pipeTargetOf(arn: string, parameters: PipeTargetParameters = {}): PipeTarget {
  const target = withParameters(kindOf(arn), arn, parameters);
  const own = PARAMETERS[target.kind];
  const { InputTemplate: _template, ...given } = parameters;
  const stray = Object.keys(given).find((name) => name !== own && given[name as keyof typeof given] !== undefined);
  if (stray !== undefined) throw invalid(`TargetParameters.${stray} does not belong to the target ${arn}.`);
  return target;
}

function kindOf(arn: string): PipeTarget['kind'] {
  const [, , service = '', , , resource = '', name] = arn.split(':');
  if (service === 'lambda' && resource === 'function') return 'function';
  if (service === 'states' && resource === 'stateMachine') return 'stateMachine';
  if (service === 'sqs') return 'queue';
  if (service === 'sns' && resource.endsWith('.fifo'))
    throw invalid(`The topic ${arn} cannot be the target of a pipe: FIFO topics are not supported, as on AWS.`);
  if (service === 'sns') return 'topic';
  if (service === 'events' && resource.startsWith('event-bus/')) return 'bus';
  if (service === 'logs' && resource === 'log-group' && name !== undefined) return 'logGroup';
  if (service === 'events' && resource.startsWith('api-destination/')) return 'apiDestination';
  throw notServed(NOT_SERVED[service] ?? `Targets like ${arn}`);
}

function notServed(what: string) {
  return invalid(
    `${what} are not served as targets of pipes yet. Use a Lambda function, a state machine, a queue, a topic, an event bus, a log group or an API destination.`,
  );
}

function withParameters(kind: PipeTarget['kind'], arn: string, parameters: PipeTargetParameters): PipeTarget {
  switch (kind) {
    case 'function':
      return { kind, arn, isAsynchronous: parameters.LambdaFunctionParameters?.InvocationType === 'FIRE_AND_FORGET' };
    case 'stateMachine':
      return { kind, arn, isAsynchronous: parameters.StepFunctionStateMachineParameters?.InvocationType === 'FIRE_AND_FORGET' };
    case 'queue': {
      const { MessageGroupId: groupId, MessageDeduplicationId: deduplicationId } = parameters.SqsQueueParameters ?? {};
      if (arn.endsWith('.fifo') && groupId === undefined)
        throw invalid(`The FIFO queue ${arn} needs TargetParameters.SqsQueueParameters.MessageGroupId.`);
      return { kind, arn, groupId, deduplicationId };
    }
    case 'topic':
      return { kind, arn };
    case 'bus': {
      const bus = parameters.EventBridgeEventBusParameters ?? {};
      if (bus.EndpointId !== undefined)
        throw invalid(
          'EndpointId cannot be honoured: there are no global endpoints. Leave it out of EventBridgeEventBusParameters.',
        );
      return { kind, arn, source: bus.Source, detailType: bus.DetailType, resources: bus.Resources ?? [], time: bus.Time };
    }
    case 'logGroup': {
      const { LogStreamName: stream, Timestamp: timestamp } = parameters.CloudWatchLogsParameters ?? {};
      return { kind, arn, stream, timestamp };
    }
    case 'apiDestination': {
      const { PathParameterValues, HeaderParameters, QueryStringParameters } = parameters.HttpParameters ?? {};
      const [, name = ''] = arn.split('/');
      return {
        kind,
        arn,
        name,
        parameters: { pathValues: PathParameterValues ?? [], headers: HeaderParameters ?? {}, query: QueryStringParameters ?? {} },
      };
    }
    default:
      return kind satisfies never;
  }
}
