// https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html

import { callerArn } from '#identity';
import { parseTopicArn, subscriptionArn } from '#topics';
import type { SnsHandler } from './operation.ts';

export const subscribe: SnsHandler<'Subscribe'> =
  ({ topics }) =>
  async ({ TopicArn, Protocol, Endpoint, Attributes = {}, ReturnSubscriptionArn = false }, { scope, principal }) => {
    const record = await topics.subscriptions.subscribe(scope, parseTopicArn(scope, TopicArn), {
      protocol: Protocol,
      endpoint: Endpoint,
      attributes: Attributes,
      // Nobody subscribes unsigned: the operation is not among those that anybody reaches.
      principal: principal.kind === 'anonymous' ? '' : callerArn(principal),
    });
    const isPending = record.state.kind === 'pending';
    return {
      SubscriptionArn:
        isPending && !ReturnSubscriptionArn ? 'pending confirmation' : subscriptionArn(scope, record.topic, record.id),
    };
  };
