// Which sources can be mapped. Queues alone so far; the others of Lambda are refused by their names.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html

import type { Scope } from '#kernel';
import { invalidParameter } from '../refusals.ts';
import type { MappingRequest } from './mapping-settings.ts';

const NOT_SERVED: Readonly<Record<string, string>> = {
  kinesis: 'Kinesis streams',
  dynamodb: 'DynamoDB streams',
  kafka: 'Kafka topics',
  mq: 'message brokers (Amazon MQ)',
  rds: 'DocumentDB change streams',
};

/** The queue's ARN. Throws InvalidParameterValueException. */
export function sourceArnOf(scope: Scope, { EventSourceArn: arn, SelfManagedEventSource }: MappingRequest): string {
  if (SelfManagedEventSource !== undefined) throw notServed('Kafka topics');
  const [, , service = '', region, account, name = ''] = arn?.split(':') ?? [];
  const known = NOT_SERVED[service];
  if (known !== undefined) throw notServed(known);
  if (arn === undefined || service !== 'sqs' || name === '') throw invalidParameter('Unrecognized event source.');
  if (region !== scope.region || account !== scope.account)
    throw invalidParameter(
      `The queue ${arn} is in another account or region; a mapping reads queues of its own (${scope.account}, ${scope.region}).`,
    );
  return arn;
}

const notServed = (sources: string) =>
  invalidParameter(`${sources} are not served as event sources yet: map an SQS queue (arn:aws:sqs:…) instead.`);
