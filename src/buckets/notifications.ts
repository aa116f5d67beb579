// What a bucket tells whom: its notification configurations, which of them are valid together, and which fit an event. Pure.

import { ApiError, LIMITS } from '#kernel';
import { isEventSelector, selectorsOverlap, selectsEvent } from './event-names.ts';

export interface FunctionNotification {
  readonly id: string;
  readonly functionArn: string;
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
}

export type NotificationConfiguration = readonly FunctionNotification[];

const FUNCTION_ARN = /^arn:aws[\w-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_$-]{1,128})?$/;
const ID_CHARACTERS = 255;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html */
export function checkNotifications(configuration: NotificationConfiguration): void {
  if (configuration.length > LIMITS.bucketNotifications)
    throw new ApiError('InvalidArgument', `A bucket has at most ${LIMITS.bucketNotifications} notification configurations.`);
  for (const notification of configuration) checkNotification(notification);
  const ids = configuration.map((notification) => notification.id);
  if (new Set(ids).size < ids.length)
    throw new ApiError('InvalidArgument', 'Same ID used for multiple configurations. IDs must be unique');
  for (const [index, one] of configuration.entries())
    for (const other of configuration.slice(index + 1)) if (overlap(one, other)) throw ambiguous(one, other);
}

function checkNotification(notification: FunctionNotification): void {
  const { id, functionArn, events, prefix, suffix } = notification;
  if (id.length > ID_CHARACTERS)
    throw new ApiError('InvalidArgument', `The ID of a notification has at most ${ID_CHARACTERS} characters.`);
  if (!FUNCTION_ARN.test(functionArn))
    throw new ApiError('InvalidArgument', 'The ARN could not be parsed', { fields: argument('CloudFunction', functionArn) });
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
function overlap(one: FunctionNotification, other: FunctionNotification): boolean {
  const sameEvent = one.events.some((event) => other.events.some((second) => selectorsOverlap(event, second)));
  const samePrefix = one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix);
  const sameSuffix = one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix);
  return sameEvent && samePrefix && sameSuffix;
}

function ambiguous(one: FunctionNotification, other: FunctionNotification): ApiError {
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

/** The configurations that an event of a key is told by. */
export function notificationsFor(
  configuration: NotificationConfiguration,
  event: string,
  key: string,
): readonly FunctionNotification[] {
  return configuration.filter(
    ({ events, prefix, suffix }) =>
      events.some((selector) => selectsEvent(selector, event)) && key.startsWith(prefix) && key.endsWith(suffix),
  );
}
