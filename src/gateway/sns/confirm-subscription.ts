// https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html

import { parseTopicArn, subscriptionArn } from '#topics';
import { invalidParameter, type SnsHandler } from './operation.ts';

/** Reached unsigned as well: the token proves who asks. */
export const confirmSubscription: SnsHandler<'ConfirmSubscription'> =
  ({ topics }) =>
  async ({ TopicArn, Token, AuthenticateOnUnsubscribe = 'false' }, { scope, principal }) => {
    if (!/^(true|false)$/i.test(AuthenticateOnUnsubscribe)) throw invalidParameter('AuthenticateOnUnsubscribe');
    const { topic, id } = await topics.subscriptions.confirm(scope, parseTopicArn(scope, TopicArn, 'Topic'), {
      token: Token,
      isSigned: principal.kind !== 'anonymous',
      endsSigned: AuthenticateOnUnsubscribe.toLowerCase() === 'true',
    });
    return { SubscriptionArn: subscriptionArn(scope, topic, id) };
  };
