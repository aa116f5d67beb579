// An entry of the outbox, and how it is written into a delivery and read back.

import type { Scope } from '#kernel';
import type { Json, NewDelivery } from '#store';

export const OUTBOX_LANE = 'outbox';
/** What goes over a network has a lane of its own, so that servers which hang never delay what stays within the platform. */
export const REMOTE_OUTBOX_LANE = 'outbox-remote';

export interface OutboxEntry {
  /** Unique for ever: a target that was reached twice can tell by it. */
  readonly id: string;
  readonly scope: Scope;
  readonly target: Target;
  /** What the target receives, ready made: an event's JSON, a message's body. */
  readonly payload: Uint8Array;
  readonly sender: Sender;
  readonly retry: RetryPolicy;
  /** Where it goes when it cannot be handed on. Without one it is dropped then, and the log says so. */
  readonly deadLetter?: DeadLetter | undefined;
  /** Text in the payload that stands for the number of the attempt, from 1. */
  readonly attemptPlaceholder?: string | undefined;
  /** `AWSTraceHeader`, carried from whoever caused it. */
  readonly traceHeader?: string | undefined;
  readonly acceptedAtMs: number;
  /** When it is due first; at once where it says nothing. */
  readonly dueAtMs?: number | undefined;
}

/** On whose behalf: what the target's policy is asked about. */
export interface Sender {
  /** `sns.amazonaws.com` */
  readonly service: string;
  /** The topic, rule, schedule, bucket or function. */
  readonly arn: string;
  /** Whose rights it uses, where it has been given a role: the target's policy is not asked then, as within one account on AWS. */
  readonly roleArn?: string;
}

export type Target =
  | { readonly kind: 'function'; readonly arn: string }
  | {
      readonly kind: 'queue';
      readonly arn: string;
      readonly attributes?: MessageAttributes;
      readonly groupId?: string;
      readonly deduplicationId?: string;
    }
  | {
      readonly kind: 'topic';
      readonly arn: string;
      readonly subject?: string;
      readonly attributes?: MessageAttributes;
      readonly groupId?: string;
      readonly deduplicationId?: string;
    }
  | {
      readonly kind: 'bus';
      readonly arn: string;
      readonly source: string;
      readonly detailType: string;
      readonly resources: readonly string[];
      /** When what it tells of happened. */
      readonly timeMs: number;
      /** Of an event that a rule hands on from another bus: it stays the event that it was. */
      readonly origin?: BusEventOrigin;
    }
  | { readonly kind: 'logGroup'; readonly arn: string }
  | { readonly kind: 'bucket'; readonly arn: string; readonly key: string; readonly contentType: string }
  | { readonly kind: 'http'; readonly request: HttpTarget }
  | {
      readonly kind: 'email';
      readonly address: string;
      readonly subject: string;
      /** Shown beside the address that mails come from. */
      readonly senderName?: string;
    }
  /** Without a name of the user's own, one is drawn from the entry's id. */
  | { readonly kind: 'stateMachine'; readonly arn: string; readonly name?: string };

export interface BusEventOrigin {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly replayName?: string;
  /** How many buses it has passed. */
  readonly hops: number;
}

/** SQS's shape; `Binary` values in base64. */
export type MessageAttributes = Readonly<Record<string, { readonly type: string; readonly value: string }>>;

export interface HttpTarget {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The connection whose credentials are put into the request when it is sent; they never lie in the outbox. */
  readonly connectionArn?: string;
  readonly timeoutMs: number;
  /** At most so many a second to this destination. */
  readonly perSecondMax?: number;
}

export interface RetryPolicy {
  /** After the first attempt. */
  readonly maximumRetries: number;
  readonly maximumAgeSeconds: number;
  readonly backOff: BackOff;
}

/**
 * `exponential`: from `leastMs`, doubled each time up to `mostMs`, with jitter. `stages`: one delay after the other, as SNS's delivery
 * policies expand to; the last repeats.
 */
export type BackOff =
  | { readonly kind: 'exponential'; readonly leastMs: number; readonly mostMs: number }
  | { readonly kind: 'stages'; readonly delaysMs: readonly number[] };

/** `arn` is a queue's (Lambda: also a topic's). `style`: whose message attributes say why; EventBridge and Scheduler name the rule, the target and the error, SNS names nothing. */
export type DeadLetter =
  | { readonly arn: string; readonly style: 'eventbridge' | 'sns' | 'lambda' }
  /** With the time that its schedule said, which neither a flexible window nor a restart moves. */
  | { readonly arn: string; readonly style: 'scheduler'; readonly scheduledMs: number };

/** Everything but the payload is in the attributes, so that a dead-letter queue gets the payload as it was. */
export function deliveryOfEntry(entry: OutboxEntry): NewDelivery {
  const {
    id,
    scope,
    target,
    payload,
    sender,
    retry,
    deadLetter,
    attemptPlaceholder,
    traceHeader,
    acceptedAtMs,
    dueAtMs = acceptedAtMs,
  } = entry;
  const attributes: Attributes = {
    target,
    sender,
    retry,
    ...(deadLetter === undefined ? {} : { deadLetter }),
    ...(attemptPlaceholder === undefined ? {} : { attemptPlaceholder }),
    ...(traceHeader === undefined ? {} : { traceHeader }),
  };
  return {
    id,
    scope,
    lane: target.kind === 'http' || target.kind === 'email' ? REMOTE_OUTBOX_LANE : OUTBOX_LANE,
    target: nameOf(target),
    payload,
    attributes: attributes as unknown as Json,
    acceptedAtMs,
    dueAtMs,
  };
}

/** Only what `deliveryOfEntry` wrote comes back here, so its shape is believed. */
export function entryOfDelivery(delivery: NewDelivery): OutboxEntry {
  const { id, scope, payload, acceptedAtMs, dueAtMs } = delivery;
  return { ...(delivery.attributes as unknown as Attributes), id, scope, payload, acceptedAtMs, dueAtMs };
}

type Attributes = Pick<OutboxEntry, 'target' | 'sender' | 'retry' | 'deadLetter' | 'attemptPlaceholder' | 'traceHeader'>;

/** What is held back together when the target is down. */
function nameOf(target: Target): string {
  if (target.kind === 'http') return new URL(target.request.url).origin;
  return target.kind === 'email' ? `mailto:${target.address}` : target.arn;
}
