// A subscription as GetSubscriptionAttributes shows it.

import type { Scope } from '#kernel';
import { effectiveSubscriptionPolicy, parseSubscriptionDeliveryPolicy, parseTopicDeliveryPolicy } from './delivery-policy-text.ts';
import { filterScopeOf } from './subscription-settings.ts';
import type { SubscriptionRecord } from './subscription-record.ts';
import { subscriptionArn, topicArn } from './topic-names.ts';
import type { TopicRecord } from './topic-record.ts';

export function effectiveSubscriptionAttributes(
  scope: Scope,
  { settings: topicSettings }: TopicRecord,
  record: SubscriptionRecord,
): Readonly<Record<string, string>> {
  const { topic, id, protocol, endpoint, principal, settings, state } = record;
  const isWeb = protocol === 'http' || protocol === 'https';
  return {
    ...settings,
    ConfirmationWasAuthenticated: String(state.kind === 'confirmed' && state.isAuthenticated),
    ...(isWeb
      ? { EffectiveDeliveryPolicy: JSON.stringify(effectivePolicyOf(topicSettings.DeliveryPolicy, settings.DeliveryPolicy)) }
      : {}),
    Endpoint: endpoint,
    ...(settings.FilterPolicy === undefined ? {} : { FilterPolicyScope: filterScopeOf(settings) }),
    Owner: scope.account,
    PendingConfirmation: String(state.kind === 'pending'),
    Protocol: protocol,
    RawMessageDelivery: settings.RawMessageDelivery ?? 'false',
    SubscriptionArn: subscriptionArn(scope, topic, id),
    SubscriptionPrincipal: principal,
    TopicArn: topicArn(scope, topic),
  };
}

function effectivePolicyOf(topicText = '', ownText = '') {
  return effectiveSubscriptionPolicy(parseTopicDeliveryPolicy(topicText), parseSubscriptionDeliveryPolicy(ownText));
}
