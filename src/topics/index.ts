// topics: messages for whoever subscribed (SNS). Owns topics and subscriptions, and what a message becomes for each of them.
//
// Its promise: a message that was acknowledged has an entry in the outbox for every subscription that wanted it, or what makes those entries,
// in the step that acknowledged it; and nobody outside gets messages who did not say yes.

export { createTopics } from './topics.ts';
export type { TopicDescription, TopicQuestion, Topics, TopicsOptions } from './topics.ts';
export { certificateIn, CONFIRMATION_PAGE, UNSUBSCRIBE_PAGE } from './links.ts';
export { envelopeOfLambdaEvent } from './message-documents.ts';
export type { GivenAttribute } from './message-attributes.ts';
export type { NewMessage } from './message.ts';
export type { Published, PublishOptions } from './publisher.ts';
export { newSigningKey } from './signing-key.ts';
export { effectiveSubscriptionAttributes } from './subscription-attributes.ts';
export type { SubscriptionRecord } from './subscription-record.ts';
export { tagList, tagsOf } from './tags.ts';
export { parseSubscriptionArn, parseTopicArn, subscriptionArn, topicArn } from './topic-names.ts';
