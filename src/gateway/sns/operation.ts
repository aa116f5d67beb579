// What every handler of SNS starts from.

import { ApiError, type Scope } from '#kernel';
import { subscriptionArn, topicArn, type SubscriptionRecord, type Topics } from '#topics';
import type { Subscription } from '@aws-sdk/client-sns';
import type { Handler, ServiceHandlers } from '../operation.ts';

type Sns = typeof import('@aws-sdk/client-sns');

export type SnsHandlers = ServiceHandlers<Sns>;

export interface SnsRooms {
  readonly topics: Topics;
}

/** One operation, given the rooms that it calls. */
export type SnsHandler<Name extends keyof SnsHandlers> = (rooms: SnsRooms) => Handler<Sns, Name>;

export function invalidParameter(what: string, reason?: string): ApiError {
  return new ApiError('InvalidParameter', `Invalid parameter: ${what}${reason === undefined ? '' : ` Reason: ${reason}`}`);
}

/** As lists show a subscription; one that nobody confirmed yet has no ARN there. */
export function listed(scope: Scope, { topic, id, protocol, endpoint, state }: SubscriptionRecord): Subscription {
  return {
    SubscriptionArn: state.kind === 'pending' ? 'PendingConfirmation' : subscriptionArn(scope, topic, id),
    Owner: scope.account,
    Protocol: protocol,
    Endpoint: endpoint,
    TopicArn: topicArn(scope, topic),
  };
}
