// Where a function sends what became of its asynchronous invocations: destinations, and the older dead-letter queue. Which ARNs can
// be honoured is decided here; whether the queue or topic is there is found out when something is sent, as on Lambda.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html

import type { Scope } from '#kernel';
import { constraintViolated, invalidParameter } from '../refusals.ts';

export interface EventDestination {
  readonly kind: 'queue' | 'topic' | 'bus' | 'function' | 'bucket';
  readonly arn: string;
}

/** `arn:partition:service:region:account:resource`, of which buckets leave region and account out. */
const ARN = /^arn:aws[a-zA-Z0-9-]*:([a-z0-9-]+):([a-z0-9-]*):(\d*):(.+)$/;
const ARN_PATTERN = '^$|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)';
const ARN_LENGTH_MAX = 350;

const KINDS: Readonly<Record<string, { readonly kind: EventDestination['kind']; readonly resource: RegExp }>> = {
  sqs: { kind: 'queue', resource: /^[\w-]{1,80}(?:\.fifo)?$/ },
  sns: { kind: 'topic', resource: /^[\w-]{1,256}(?:\.fifo)?$/ },
  events: { kind: 'bus', resource: /^event-bus\/[\w./-]{1,256}$/ },
  lambda: { kind: 'function', resource: /^function:[\w-]{1,64}(?::[\w$-]{1,128})?$/ },
  s3: { kind: 'bucket', resource: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/ },
};

/** Undefined for an ARN of anything else; what was stored has passed the checks below. */
export function eventDestination(arn: string | null | undefined): EventDestination | undefined {
  if (arn === null || arn === undefined) return undefined;
  const [, service = '', , , resource = ''] = ARN.exec(arn) ?? [];
  const known = Object.hasOwn(KINDS, service) ? KINDS[service] : undefined;
  return known?.resource.test(resource) === true ? { kind: known.kind, arn } : undefined;
}

/** Throws for what cannot be honoured; null where the text is empty, which is how a destination is taken away. */
export function checkDestination(scope: Scope, arn: string, condition: 'onSuccess' | 'onFailure'): string | null {
  if (arn === '') return null;
  if (arn.length > ARN_LENGTH_MAX || !ARN.test(arn))
    throw constraintViolated(
      `destinationConfig.${condition}.destination`,
      arn,
      `Member must satisfy regular expression pattern: ${ARN_PATTERN}`,
    );
  const invalid = (because: string) => invalidParameter(`The destination ARN ${arn} is invalid. ${because}`);
  const destination = eventDestination(arn);
  if (destination === undefined) throw invalid('Name a queue, a topic, an event bus, a function or a bucket.');
  if (destination.kind === 'bucket' && condition === 'onSuccess')
    throw invalid('Buckets are supported for OnFailure alone: send records of success elsewhere.');
  checkPlace(scope, destination, invalid);
  return arn;
}

const DEAD_LETTER_PATTERN = '(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()';

/** The same for `DeadLetterConfig`, which knows queues and topics alone. */
export function checkDeadLetter(scope: Scope, arn: string): string | null {
  if (arn === '') return null;
  if (!ARN.test(arn))
    throw constraintViolated(
      'deadLetterConfig.targetArn',
      arn,
      `Member must satisfy regular expression pattern: ${DEAD_LETTER_PATTERN}`,
    );
  const invalid = (because: string) => invalidParameter(`The dead-letter target ${arn} is invalid. ${because}`);
  const destination = eventDestination(arn);
  if (destination?.kind !== 'queue' && destination?.kind !== 'topic') throw invalid('Name a queue or a topic.');
  checkPlace(scope, destination, invalid);
  return arn;
}

/** Lambda accepts FIFO queues and topics here, and then never delivers to them. */
function checkPlace(scope: Scope, { kind, arn }: EventDestination, invalid: (because: string) => Error): void {
  if (arn.endsWith('.fifo')) throw invalid('FIFO queues and FIFO topics are not supported: use a standard one.');
  if (kind === 'bucket') return;
  const [, , region, account] = ARN.exec(arn) ?? [];
  if (region !== scope.region || account !== scope.account)
    throw invalid(`It has to be in this region (${scope.region}) and account (${scope.account}).`);
}
