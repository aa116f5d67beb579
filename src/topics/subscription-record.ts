// A subscription as it is kept: who gets what of a topic, and how far its confirmation is.

import { createHash } from 'node:crypto';
import type { Scope } from '#kernel';
import type { Json, Resource, ResourceChange, ResourceKey } from '#store';

export const PROTOCOLS = ['email', 'email-json', 'http', 'https', 'lambda', 'sqs'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Attributes that can be told, by AWS's names. */
export const SUBSCRIPTION_SETTINGS = [
  'DeliveryPolicy',
  'FilterPolicy',
  'FilterPolicyScope',
  'RawMessageDelivery',
  'RedrivePolicy',
] as const;

export type SubscriptionSetting = (typeof SUBSCRIPTION_SETTINGS)[number];
export type SubscriptionSettings = Readonly<Partial<Record<SubscriptionSetting, string>>>;

export type SubscriptionState =
  /** Waits until `untilMs` for whoever has the token; of tokens, only hashes are kept. */
  | { readonly kind: 'pending'; readonly tokenHash: string; readonly untilMs: number }
  | {
      readonly kind: 'confirmed';
      /** Confirmed by a signed request, not by a link. */
      readonly isAuthenticated: boolean;
      /** Ended by signed requests alone. */
      readonly endsSigned: boolean;
      /** The token that confirmed it says so again. */
      readonly tokenHash?: string;
    }
  /** Ended, and can be restored until `untilMs` by whoever has the token. */
  | { readonly kind: 'ended'; readonly tokenHash: string; readonly untilMs: number };

export interface SubscriptionRecord {
  readonly topic: string;
  /** A UUID. */
  readonly id: string;
  readonly protocol: Protocol;
  readonly endpoint: string;
  /** The ARN of who subscribed. */
  readonly principal: string;
  readonly createdAtMs: number;
  readonly settings: SubscriptionSettings;
  /** Of the link in its messages that ends it. */
  readonly unsubscribeToken: string;
  readonly state: SubscriptionState;
}

export const SUBSCRIPTION = 'topic-subscription';
/** One for each endpoint of a topic, so that nobody subscribes twice: its body is the subscription's id. */
const ENDPOINT = 'topic-endpoint';

export function subscriptionKey(scope: Scope, topic: string, id: string): ResourceKey {
  return { scope, kind: SUBSCRIPTION, name: `${topic}/${id}` };
}

export function endpointKey(
  scope: Scope,
  { topic, protocol, endpoint }: Pick<SubscriptionRecord, 'topic' | 'protocol' | 'endpoint'>,
): ResourceKey {
  return { scope, kind: ENDPOINT, name: `${topic}/${createHash('sha256').update(`${protocol} ${endpoint}`).digest('hex')}` };
}

export function subscriptionBody({ topic: _topic, id: _id, ...body }: SubscriptionRecord): Json {
  return body;
}

export function subscriptionOf({ key, body }: Resource): SubscriptionRecord {
  // Written by `subscriptionBody` alone.
  const kept = body as unknown as Omit<SubscriptionRecord, 'topic' | 'id'>;
  const slash = key.name.indexOf('/');
  return { ...kept, topic: key.name.slice(0, slash), id: key.name.slice(slash + 1) };
}

/** What has run out is as good as gone: nobody confirms or restores it any more. */
export function isOver({ state }: SubscriptionRecord, nowMs: number): boolean {
  return state.kind !== 'confirmed' && state.untilMs <= nowMs;
}

/** As it stands now, with its endpoint's place, which one that has ended does not hold any more. */
export function removalOf(scope: Scope, { key, revision, body }: Resource): readonly ResourceChange[] {
  const record = subscriptionOf({ key, revision, body });
  const own: ResourceChange = { key, expect: { revision }, change: 'remove' };
  return record.state.kind === 'ended' ? [own] : [own, { key: endpointKey(scope, record), expect: 'any', change: 'remove' }];
}
