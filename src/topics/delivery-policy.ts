// Delivery policies: how often, and with which pauses, a message is offered again to an endpoint that does not take it. Pure.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html

import { LIMITS } from '#kernel';
import type { RetryPolicy } from '#outbox';

export type BackOffFunction = 'linear' | 'arithmetic' | 'geometric' | 'exponential';

/** `healthyRetryPolicy`, with every member said. Delays in seconds, as AWS writes them. */
export interface HealthyRetryPolicy {
  readonly minDelayTarget: number;
  readonly maxDelayTarget: number;
  readonly numRetries: number;
  readonly numMaxDelayRetries: number;
  readonly numNoDelayRetries: number;
  readonly numMinDelayRetries: number;
  readonly backoffFunction: BackOffFunction;
}

/** What holds for one HTTP/S subscription, after its topic's defaults and its own policy were laid over each other. */
export interface EffectivePolicy {
  readonly healthyRetryPolicy: HealthyRetryPolicy;
  readonly maxReceivesPerSecond: number | undefined;
  readonly headerContentType: string;
}

/** What AWS does for HTTP/S where nobody says otherwise. */
export const DEFAULT_HEALTHY_RETRY_POLICY: HealthyRetryPolicy = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numMaxDelayRetries: 0,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  backoffFunction: 'linear',
};

export const DEFAULT_CONTENT_TYPE = 'text/plain; charset=UTF-8';

const DAY_SECONDS = 24 * 3600;

/** Queues and functions: 100,015 attempts over 23 days. The last delay repeats. */
export const MANAGED_ENDPOINT_RETRY: RetryPolicy = {
  maximumRetries: 3 + 2 + 10 + 100_000,
  maximumAgeSeconds: 24 * DAY_SECONDS,
  backOff: {
    kind: 'stages',
    delaysMs: [0, 0, 0, 1000, 1000, ...backOffDelaysMs({ function: 'exponential', least: 1, most: 20, count: 10 }), 20_000],
  },
};

/** SMTP: 50 attempts over six hours. */
export const MAIL_RETRY: RetryPolicy = {
  maximumRetries: 2 + 10 + 38,
  maximumAgeSeconds: 8 * 3600,
  backOff: {
    kind: 'stages',
    delaysMs: [10_000, 10_000, ...backOffDelaysMs({ function: 'exponential', least: 10, most: 600, count: 10 }), 600_000],
  },
};

/** HTTP/S. An hour is AWS's hard limit for all retries of a message together. */
export function webRetry(policy: HealthyRetryPolicy): RetryPolicy {
  return {
    maximumRetries: policy.numRetries,
    maximumAgeSeconds: LIMITS.topicRetrySeconds,
    backOff: { kind: 'stages', delaysMs: stageDelaysMs(policy) },
  };
}

/** One delay before each retry: none, least, backing off, most. */
export function stageDelaysMs(policy: HealthyRetryPolicy): readonly number[] {
  const { numRetries, numNoDelayRetries, numMinDelayRetries, numMaxDelayRetries, minDelayTarget, maxDelayTarget } = policy;
  const backingOff = numRetries - numNoDelayRetries - numMinDelayRetries - numMaxDelayRetries;
  return [
    ...Array.from({ length: numNoDelayRetries }, () => 0),
    ...Array.from({ length: numMinDelayRetries }, () => minDelayTarget * 1000),
    ...backOffDelaysMs({
      function: policy.backoffFunction,
      least: minDelayTarget,
      most: maxDelayTarget,
      count: backingOff,
    }),
    ...Array.from({ length: numMaxDelayRetries }, () => maxDelayTarget * 1000),
  ];
}

interface BackOffPhase {
  readonly function: BackOffFunction;
  readonly least: number;
  readonly most: number;
  readonly count: number;
}

/** From `least` to `most` seconds in `count` delays; the functions differ in how long they stay low. */
function backOffDelaysMs({ function: shape, least, most, count }: BackOffPhase): readonly number[] {
  const last = count - 1;
  return Array.from({ length: count }, (_, place) =>
    Math.round(1000 * (last === 0 ? least : delayAt(shape, least, most, place, last))),
  );
}

function delayAt(shape: BackOffFunction, least: number, most: number, place: number, last: number): number {
  const span = most - least;
  switch (shape) {
    case 'linear':
      return least + (span * place) / last;
    // Steps that grow by the same amount: 1, 2, 3 …
    case 'arithmetic':
      return least + (span * place * (place + 1)) / (last * (last + 1));
    // Each delay is the same multiple of the one before it.
    case 'geometric':
      return least * (most / least) ** (place / last);
    // Steps that double.
    case 'exponential':
      return least + (span * (2 ** place - 1)) / (2 ** last - 1);
    default:
      return shape satisfies never;
  }
}
