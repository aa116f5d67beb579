// Delivery policies as they are written: read and checked when they are set, and laid over one another for one subscription.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html#creating-delivery-policy

import { LIMITS } from '#kernel';
import {
  DEFAULT_CONTENT_TYPE,
  DEFAULT_HEALTHY_RETRY_POLICY,
  stageDelaysMs,
  type BackOffFunction,
  type EffectivePolicy,
  type HealthyRetryPolicy,
} from './delivery-policy.ts';
import { invalid } from './topic-answers.ts';

export interface TopicDeliveryPolicy {
  readonly http: {
    readonly defaultHealthyRetryPolicy?: Partial<HealthyRetryPolicy>;
    readonly disableSubscriptionOverrides: boolean;
    readonly defaultThrottlePolicy?: ThrottlePolicy;
    readonly defaultRequestPolicy?: RequestPolicy;
  };
}

/** What is not said is null, as GetSubscriptionAttributes shows it. */
export interface SubscriptionDeliveryPolicy {
  readonly healthyRetryPolicy: HealthyRetryPolicy | null;
  readonly sicklyRetryPolicy: null;
  readonly throttlePolicy: ThrottlePolicy | null;
  readonly requestPolicy: RequestPolicy | null;
  readonly guaranteed: boolean;
}

interface ThrottlePolicy {
  readonly maxReceivesPerSecond: number;
}

interface RequestPolicy {
  readonly headerContentType: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Undefined for `{}` and an empty text, which take a policy away. */
export function parseTopicDeliveryPolicy(text: string): TopicDeliveryPolicy | undefined {
  const fields = documentOf(text);
  const http = memberOf(fields, 'http');
  onlyKnown(fields, ['http']);
  if (http === undefined) return undefined;
  onlyKnown(http, ['defaultHealthyRetryPolicy', 'disableSubscriptionOverrides', 'defaultThrottlePolicy', 'defaultRequestPolicy']);
  const retries = memberOf(http, 'defaultHealthyRetryPolicy');
  const throttle = throttleOf(http, 'defaultThrottlePolicy');
  const request = requestOf(http, 'defaultRequestPolicy');
  const disabled = http['disableSubscriptionOverrides'] ?? false;
  if (typeof disabled !== 'boolean') throw malformed('http.disableSubscriptionOverrides must be a boolean');
  return {
    http: {
      ...(retries === undefined ? {} : { defaultHealthyRetryPolicy: retriesOf(retries, 'http.defaultHealthyRetryPolicy') }),
      disableSubscriptionOverrides: disabled,
      ...(throttle === undefined ? {} : { defaultThrottlePolicy: throttle }),
      ...(request === undefined ? {} : { defaultRequestPolicy: request }),
    },
  };
}

export function parseSubscriptionDeliveryPolicy(text: string): SubscriptionDeliveryPolicy | undefined {
  const fields = documentOf(text);
  onlyKnown(fields, ['healthyRetryPolicy', 'sicklyRetryPolicy', 'throttlePolicy', 'requestPolicy', 'guaranteed']);
  if (Object.keys(fields).length === 0) return undefined;
  if ((fields['sicklyRetryPolicy'] ?? null) !== null) throw malformed('sicklyRetryPolicy is not used any more: leave it out');
  if (fields['guaranteed'] === true) throw malformed('guaranteed is not used any more: leave it out');
  const retries = memberOf(fields, 'healthyRetryPolicy');
  return {
    healthyRetryPolicy:
      retries === undefined ? null : { ...DEFAULT_HEALTHY_RETRY_POLICY, ...retriesOf(retries, 'healthyRetryPolicy') },
    sicklyRetryPolicy: null,
    throttlePolicy: throttleOf(fields, 'throttlePolicy') ?? null,
    requestPolicy: requestOf(fields, 'requestPolicy') ?? null,
    guaranteed: false,
  };
}

/** With every member said, as EffectiveDeliveryPolicy of a topic has it. */
export function effectiveTopicPolicy(policy: TopicDeliveryPolicy | undefined): TopicDeliveryPolicy {
  const { defaultThrottlePolicy: throttle } = policy?.http ?? {};
  return {
    http: {
      defaultHealthyRetryPolicy: { ...DEFAULT_HEALTHY_RETRY_POLICY, ...policy?.http.defaultHealthyRetryPolicy },
      disableSubscriptionOverrides: policy?.http.disableSubscriptionOverrides ?? false,
      ...(throttle === undefined ? {} : { defaultThrottlePolicy: throttle }),
      defaultRequestPolicy: policy?.http.defaultRequestPolicy ?? { headerContentType: DEFAULT_CONTENT_TYPE },
    },
  };
}

/** The subscription's own, else the topic's, else AWS's; the topic's alone where it says so. */
export function effectiveSubscriptionPolicy(
  topic: TopicDeliveryPolicy | undefined,
  own: SubscriptionDeliveryPolicy | undefined,
): SubscriptionDeliveryPolicy {
  const { http } = effectiveTopicPolicy(topic);
  const said = http.disableSubscriptionOverrides ? undefined : own;
  return {
    healthyRetryPolicy: said?.healthyRetryPolicy ?? { ...DEFAULT_HEALTHY_RETRY_POLICY, ...http.defaultHealthyRetryPolicy },
    sicklyRetryPolicy: null,
    throttlePolicy: said?.throttlePolicy ?? http.defaultThrottlePolicy ?? null,
    requestPolicy: said?.requestPolicy ?? http.defaultRequestPolicy ?? null,
    guaranteed: false,
  };
}

/** The same as what the platform acts on. */
export function effectivePolicy(
  topic: TopicDeliveryPolicy | undefined,
  own: SubscriptionDeliveryPolicy | undefined,
): EffectivePolicy {
  const { healthyRetryPolicy, throttlePolicy, requestPolicy } = effectiveSubscriptionPolicy(topic, own);
  return {
    healthyRetryPolicy: healthyRetryPolicy ?? DEFAULT_HEALTHY_RETRY_POLICY,
    maxReceivesPerSecond: throttlePolicy?.maxReceivesPerSecond,
    headerContentType: requestPolicy?.headerContentType ?? DEFAULT_CONTENT_TYPE,
  };
}

const BACK_OFF = new Set<string>(['linear', 'arithmetic', 'geometric', 'exponential'] satisfies BackOffFunction[]);
const CONTENT_TYPE =
  /^(text\/(css|csv|html|plain|xml)|application\/(atom\+xml|json|octet-stream|soap\+xml|x-www-form-urlencoded|xhtml\+xml|xml))(; ?charset=utf-8)?$/i;
const COUNTS = ['numRetries', 'numNoDelayRetries', 'numMinDelayRetries', 'numMaxDelayRetries'] as const;
const DELAYS = ['minDelayTarget', 'maxDelayTarget'] as const;

function retriesOf(fields: Fields, where: string): Partial<HealthyRetryPolicy> {
  onlyKnown(fields, [...COUNTS, ...DELAYS, 'backoffFunction']);
  for (const name of COUNTS) wholeNumber(fields, name, { where, least: 0, most: LIMITS.topicRetries });
  for (const name of DELAYS) wholeNumber(fields, name, { where, least: 1, most: LIMITS.topicRetrySeconds });
  const shape = fields['backoffFunction'];
  const said = { ...fields, ...(typeof shape === 'string' ? { backoffFunction: shape.toLowerCase() } : {}) };
  if (shape !== undefined && !(typeof shape === 'string' && BACK_OFF.has(shape.toLowerCase())))
    throw malformed(`${where}.backoffFunction must be one of ${[...BACK_OFF].join(', ')}`);
  checkTogether({ ...DEFAULT_HEALTHY_RETRY_POLICY, ...(said as Partial<HealthyRetryPolicy>) }, where);
  return said as Partial<HealthyRetryPolicy>;
}

function checkTogether(policy: HealthyRetryPolicy, where: string): void {
  const { minDelayTarget, maxDelayTarget, numRetries, numNoDelayRetries, numMinDelayRetries, numMaxDelayRetries } = policy;
  if (maxDelayTarget < minDelayTarget) throw malformed(`${where}.maxDelayTarget must be greater than or equal to minDelayTarget`);
  if (numRetries < numNoDelayRetries + numMinDelayRetries + numMaxDelayRetries)
    throw malformed(
      `${where}.numRetries must be greater than or equal to total of numMinDelayRetries, numNoDelayRetries and numMaxDelayRetries`,
    );
  const totalMs = stageDelaysMs(policy).reduce((sum, delay) => sum + delay, 0);
  if (totalMs > LIMITS.topicRetrySeconds * 1000)
    throw malformed(`${where}: all delays together must not exceed ${LIMITS.topicRetrySeconds} seconds`);
}

function throttleOf(fields: Fields, name: string): ThrottlePolicy | undefined {
  const throttle = memberOf(fields, name);
  if (throttle === undefined) return undefined;
  onlyKnown(throttle, ['maxReceivesPerSecond']);
  const maxReceivesPerSecond = wholeNumber(throttle, 'maxReceivesPerSecond', { where: name, least: 1, most: 1_000_000 });
  return maxReceivesPerSecond === undefined ? undefined : { maxReceivesPerSecond };
}

function requestOf(fields: Fields, name: string): RequestPolicy | undefined {
  const request = memberOf(fields, name);
  if (request === undefined) return undefined;
  onlyKnown(request, ['headerContentType']);
  const headerContentType = request['headerContentType'];
  if (headerContentType === undefined) return undefined;
  if (typeof headerContentType !== 'string' || !CONTENT_TYPE.test(headerContentType))
    throw malformed(`${name}.headerContentType is not a supported content type`);
  return { headerContentType };
}

function wholeNumber(
  fields: Fields,
  name: string,
  { where, least, most }: { readonly where: string; readonly least: number; readonly most: number },
): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw malformed(`${where}.${name} must be an integer from ${least} to ${most}`);
}

function documentOf(text: string): Fields {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw malformed(`failed to parse JSON. ${error.message}`);
  }
  throw malformed('it must be a JSON object');
}

/** Undefined and null are the same: what AWS shows with nulls can be set again. */
function memberOf(fields: Fields, name: string): Fields | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === 'object' && !Array.isArray(value)) return value as Fields;
  throw malformed(`${name} must be an object`);
}

function onlyKnown(fields: Fields, known: readonly string[]): void {
  const foreign = Object.keys(fields).find((name) => !known.includes(name));
  if (foreign !== undefined) throw malformed(`unknown member ${foreign}`);
}

function malformed(reason: string): Error {
  return invalid(`DeliveryPolicy: ${reason}`);
}
