// What a subscription can be told: each attribute checked against its protocol, those that Mayfly does not honour refused.
// https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html

import type { Scope } from '#kernel';
import { parseSubscriptionDeliveryPolicy } from './delivery-policy-text.ts';
import { checkFilterPolicy, type FilterScope } from './filter-policy.ts';
import {
  SUBSCRIPTION_SETTINGS,
  type Protocol,
  type SubscriptionRecord,
  type SubscriptionSetting,
  type SubscriptionSettings,
} from './subscription-record.ts';
import { invalid, notServed } from './topic-answers.ts';

/** Where a subscription stands: what its settings are judged by. */
export interface SubscriptionPlace {
  readonly scope: Scope;
  readonly protocol: Protocol;
  readonly endpoint: string;
  readonly isFifoTopic: boolean;
}

const WHERE = 'Attributes Reason: ';

/** Those of Subscribe together. Throws what it answers. */
export function checkNewSubscriptionSettings(
  place: SubscriptionPlace,
  given: Readonly<Record<string, string>>,
): SubscriptionSettings {
  // The scope first: a filter policy is judged by it.
  const names = Object.keys(given).sort(
    (one, other) => Number(other === 'FilterPolicyScope') - Number(one === 'FilterPolicyScope'),
  );
  let settings: SubscriptionSettings = {};
  for (const name of names) settings = withSetting(place, settings, { name, value: given[name] ?? '' }, WHERE);
  return settings;
}

/** The settings with one of them changed. Throws what SetSubscriptionAttributes answers. */
export function withSetting(
  place: SubscriptionPlace,
  settings: SubscriptionSettings,
  { name, value }: { readonly name: string; readonly value: string },
  where = '',
): SubscriptionSettings {
  if (name === 'ReplayPolicy' && (value === '' || value.trim() === '{}')) return settings;
  refuseUnserved(name);
  if (!isSetting(name)) throw where === '' ? invalid('AttributeName') : invalid(`${where}Unknown attribute ${name}`);
  const checked = checkedValue(place, settings, { name, value, where });
  const { [name]: _before, ...rest } = settings;
  return checked === undefined ? rest : { ...rest, [name]: checked };
}

export function filterScopeOf({ FilterPolicyScope: scope }: SubscriptionSettings): FilterScope {
  return scope === 'MessageBody' ? 'MessageBody' : 'MessageAttributes';
}

interface Change {
  readonly name: SubscriptionSetting;
  readonly value: string;
  readonly where: string;
}

/** Undefined takes the setting away. */
function checkedValue(
  place: SubscriptionPlace,
  settings: SubscriptionSettings,
  { name, value, where }: Change,
): string | undefined {
  switch (name) {
    case 'RawMessageDelivery':
      return checkRaw(place.protocol, value, where);
    case 'FilterPolicy':
      if (value === '') return undefined;
      checkFilterPolicy(value, filterScopeOf(settings), where);
      return value;
    case 'FilterPolicyScope':
      return checkFilterScope(settings, value, where);
    case 'RedrivePolicy':
      return value === '' ? undefined : checkRedrivePolicy(place, value, where);
    case 'DeliveryPolicy':
      return checkDeliveryPolicy(place.protocol, value, where);
    default:
      return name satisfies never;
  }
}

function checkRaw(protocol: Protocol, value: string, where: string): string {
  if (value !== 'true' && value !== 'false')
    throw invalid(`${where}RawMessageDelivery: Invalid value [${value}]. Must be true or false.`);
  if (value === 'true' && !['sqs', 'http', 'https'].includes(protocol))
    throw invalid(`${where}Delivery protocol [${protocol}] does not support raw message delivery.`);
  return value;
}

/** The policy that is there must hold in the new scope as well. */
function checkFilterScope({ FilterPolicy: policy }: SubscriptionSettings, value: string, where: string): string {
  if (value !== 'MessageBody' && value !== 'MessageAttributes')
    throw invalid(`${where}FilterPolicyScope: Invalid value [${value}]. Please use either MessageBody or MessageAttributes`);
  if (policy !== undefined) checkFilterPolicy(policy, value, where);
  return value;
}

const QUEUE = /^arn:aws(?:-[a-z]+)*:sqs:([a-z0-9-]+):(\d{12}):([A-Za-z0-9_-]{1,80}(?:\.fifo)?)$/;

/** Whether a queue's ARN is one that this platform serves. */
export function isOwnQueue({ account, region }: Scope, arn: string): boolean {
  const [, itsRegion, itsAccount] = QUEUE.exec(arn) ?? [];
  return itsRegion === region && itsAccount === account;
}

function checkRedrivePolicy(place: SubscriptionPlace, text: string, where: string): string {
  const arn = deadLetterTargetIn(text, where);
  if (typeof arn !== 'string' || !isOwnQueue(place.scope, arn))
    throw invalid(`${where}RedrivePolicy: deadLetterTargetArn is an invalid arn`);
  if (place.isFifoTopic && place.endpoint.endsWith('.fifo') && !arn.endsWith('.fifo'))
    throw invalid(`${where}RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.`);
  if (!place.isFifoTopic && arn.endsWith('.fifo'))
    throw invalid(`${where}RedrivePolicy: must use a standard queue as DLQ for a subscription to a standard topic.`);
  return JSON.stringify({ deadLetterTargetArn: arn });
}

function deadLetterTargetIn(text: string, where: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return (value as Readonly<Record<string, unknown>>)['deadLetterTargetArn'];
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(`${where}RedrivePolicy: failed to parse JSON. ${error.message}`);
    throw error;
  }
}

export function deadLetterArnOf({
  RedrivePolicy: text,
}: Pick<SubscriptionRecord['settings'], 'RedrivePolicy'>): string | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as { readonly deadLetterTargetArn: string }).deadLetterTargetArn;
}

function checkDeliveryPolicy(protocol: Protocol, value: string, where: string): string | undefined {
  if (protocol !== 'http' && protocol !== 'https')
    throw invalid(`${where}DeliveryPolicy: delivery protocol [${protocol}] does not support a delivery policy.`);
  const policy = parseSubscriptionDeliveryPolicy(value);
  return policy === undefined ? undefined : JSON.stringify(policy);
}

function refuseUnserved(name: string): void {
  if (name === 'ReplayPolicy')
    throw notServed(name, 'Topics keep no archive here that could be replayed. Subscribe a queue that keeps messages.');
  if (name === 'SubscriptionRoleArn')
    throw notServed(name, 'It is for delivery to Firehose, which is not served here. Leave it out.');
}

function isSetting(name: string): name is SubscriptionSetting {
  return (SUBSCRIPTION_SETTINGS as readonly string[]).includes(name);
}
