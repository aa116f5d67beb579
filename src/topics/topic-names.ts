// Names and ARNs of topics and subscriptions: what they may be, how they are written and read.
// https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html

import { ApiError, type Scope } from '#kernel';
import { invalid } from './topic-answers.ts';

const NAME = /^[A-Za-z0-9_-]{1,256}$/;
const FIFO_NAME = /^(?=.{1,256}$)[A-Za-z0-9_-]+\.fifo$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function checkTopicName(name: string, isFifo: boolean): string {
  if (!(isFifo ? FIFO_NAME : NAME).test(name)) throw invalid('Topic Name');
  return name;
}

export function topicArn({ account, region }: Scope, name: string): string {
  return `arn:aws:sns:${region}:${account}:${name}`;
}

export function subscriptionArn(scope: Scope, topic: string, id: string): string {
  return `${topicArn(scope, topic)}:${id}`;
}

/** The name in a topic's ARN. `member` is what the error calls it. */
export function parseTopicArn(scope: Scope, arn: string, member = 'TopicArn'): string {
  const [name = '', ...more] = resourceOf(scope, arn, member);
  if (more.length > 0 || !(NAME.test(name) || FIFO_NAME.test(name))) throw invalid(member);
  return name;
}

export interface SubscriptionName {
  readonly topic: string;
  readonly id: string;
}

export function parseSubscriptionArn(scope: Scope, arn: string): SubscriptionName {
  if (arn === '') throw invalid('SubscriptionArn', 'no value for required parameter');
  const [topic = '', id = '', ...more] = resourceOf(scope, arn, 'SubscriptionArn');
  if (more.length > 0 || !(NAME.test(topic) || FIFO_NAME.test(topic)) || !UUID.test(id)) throw invalid('SubscriptionId');
  return { topic, id };
}

/** What follows the account, checked to be of this service, region and account. */
function resourceOf({ account, region }: Scope, arn: string, member: string): readonly string[] {
  const parts = arn.split(':');
  if (parts.length < 6) throw invalid(member, `An ARN must have at least 6 elements, not ${parts.length}`);
  const [prefix, partition = '', service, itsRegion, itsAccount, ...resource] = parts;
  if (prefix !== 'arn' || !/^aws(-[a-z]+)*$/.test(partition) || service !== 'sns' || itsRegion !== region) throw invalid(member);
  if (itsAccount !== account)
    throw new ApiError('AuthorizationError', `This platform serves the account ${account}, which has no access to ${arn}`);
  return resource;
}
