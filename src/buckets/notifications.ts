// What a bucket tells whom: its notification configurations, which of them are valid together, and which fit an event. Pure.

import { ApiError, LIMITS } from '#kernel';
import { isEventSelector, selectorsOverlap, selectsEvent } from './event-names.ts';

/** One rule: whom to tell of which events of which keys. */
export interface BucketNotification {
  readonly id: string;
  readonly kind: NotificationTarget;
  readonly arn: string;
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
}

export type NotificationTarget = 'function' | 'queue' | 'topic';

export interface NotificationConfiguration {
  readonly rules: readonly BucketNotification[];
  /** Every event goes to the default bus, whatever the rules say. */
  readonly tellsEventBridge: boolean;
}

interface TargetForm {
  /** As S3 calls it in its error. */
  readonly argument: string;
  readonly arn: RegExp;
}

const TARGETS: Readonly<Record<NotificationTarget, TargetForm>> = {
  function: {
    argument: 'CloudFunction',
    arn: /^arn:aws[\w-]*:lambda:([a-z0-9-]+):\d{12}:function:[A-Za-z0-9_-]{1,64}(?::[A-Za-z0-9_$-]{1,128})?$/,
  },
  queue: { argument: 'Queue', arn: /^arn:aws[\w-]*:sqs:([a-z0-9-]+):\d{12}:[\w-]{1,80}(?:\.fifo)?$/ },
  topic: { argument: 'Topic', arn: /^arn:aws[\w-]*:sns:([a-z0-9-]+):\d{12}:[\w-]{1,256}(?:\.fifo)?$/ },
};
const ID_CHARACTERS = 255;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html */
export function checkNotifications({ rules }: NotificationConfiguration, region: string): void {
  if (rules.length > LIMITS.bucketNotifications)
    throw new ApiError('InvalidArgument', `A bucket has at most ${LIMITS.bucketNotifications} notification configurations.`);
  for (const rule of rules) checkRule(rule, region);
  const ids = rules.map((rule) => rule.id);
  if (new Set(ids).size < ids.length)
    throw new ApiError('InvalidArgument', 'Same ID used for multiple configurations. IDs must be unique');
  for (const [index, one] of rules.entries())
    for (const other of rules.slice(index + 1)) if (overlap(one, other)) throw ambiguous(one, other);
}

function checkTarget({ kind, arn }: BucketNotification, region: string): void {
  const form = TARGETS[kind];
  const fields = argument(form.argument, arn);
  const parts = form.arn.exec(arn);
  if (parts === null) throw new ApiError('InvalidArgument', 'The ARN could not be parsed', { fields });
  if (arn.endsWith('.fifo'))
    throw new ApiError('InvalidArgument', `FIFO ${kind}s are not supported: name a standard one.`, { fields });
  if (parts[1] !== region)
    throw new ApiError(
      'InvalidArgument',
      'The notification destination service region is not valid for the bucket location constraint',
      { fields },
    );
}

function checkRule(rule: BucketNotification, region: string): void {
  const { id, events, prefix, suffix } = rule;
  if (id.length > ID_CHARACTERS)
    throw new ApiError('InvalidArgument', `The ID of a notification has at most ${ID_CHARACTERS} characters.`);
  checkTarget(rule, region);
  if (events.length === 0) throw new ApiError('MalformedXML', 'A notification configuration names at least one event.');
  const unknown = events.find((event) => !isEventSelector(event));
  if (unknown !== undefined)
    throw new ApiError('InvalidArgument', 'The event is not supported for notifications', { fields: argument('Event', unknown) });
  if (new Set(events).size < events.length)
    throw new ApiError('InvalidArgument', 'Configuration has the same event more than once; name each once.');
  for (const value of [prefix, suffix])
    if (Buffer.byteLength(value) > LIMITS.objectKeyBytes)
      throw new ApiError('InvalidArgument', 'Size of filter rule value cannot exceed 1024 bytes in UTF-8 encoding', {
        fields: argument('FilterRule.Value', value),
      });
}

/** An event of one key must not be told by two configurations, so no key may fit the filters of both for the same event. */
function overlap(one: BucketNotification, other: BucketNotification): boolean {
  const sameEvent = one.events.some((event) => other.events.some((second) => selectorsOverlap(event, second)));
  const samePrefix = one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix);
  const sameSuffix = one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix);
  return sameEvent && samePrefix && sameSuffix;
}

function ambiguous(one: BucketNotification, other: BucketNotification): ApiError {
  const unfiltered = [one, other].every(({ prefix, suffix }) => prefix === '' && suffix === '');
  return new ApiError(
    'InvalidArgument',
    unfiltered
      ? 'Configurations overlap. Configurations on the same bucket cannot share a common event type.'
      : 'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.',
    { fields: argument('Id', `${one.id}, ${other.id}`) },
  );
}

function argument(name: string, value: string) {
  return { ArgumentName: name, ArgumentValue: value.slice(0, LIMITS.objectKeyBytes) };
}

/** The rules that an event of a key is told by. */
export function rulesFor({ rules }: NotificationConfiguration, event: string, key: string): readonly BucketNotification[] {
  return rules.filter(
    ({ events, prefix, suffix }) =>
      events.some((selector) => selectsEvent(selector, event)) && key.startsWith(prefix) && key.endsWith(suffix),
  );
}

/** What is stored; buckets from before there were queues and topics name functions alone. */
export type StoredNotifications = NotificationConfiguration | readonly StoredFunctionNotification[];

type StoredFunctionNotification = Omit<BucketNotification, 'kind' | 'arn'> & { readonly functionArn: string };

export function readNotifications(stored: StoredNotifications): NotificationConfiguration {
  if (!isEarlierForm(stored)) return stored;
  const rules = stored.map(({ functionArn, ...rule }) => ({ ...rule, kind: 'function' as const, arn: functionArn }));
  return { rules, tellsEventBridge: false };
}

function isEarlierForm(stored: StoredNotifications): stored is readonly StoredFunctionNotification[] {
  return Array.isArray(stored);
}
