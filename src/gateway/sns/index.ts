// SNS: every operation that is served, by name. https://docs.aws.amazon.com/sns/latest/api/API_Operations.html

import { addPermission } from './add-permission.ts';
import { confirmSubscription } from './confirm-subscription.ts';
import { createTopic } from './create-topic.ts';
import { deleteTopic } from './delete-topic.ts';
import { featuresNotOffered } from './features-not-offered.ts';
import { getSubscriptionAttributes } from './get-subscription-attributes.ts';
import { getTopicAttributes } from './get-topic-attributes.ts';
import { listSubscriptionsByTopic } from './list-subscriptions-by-topic.ts';
import { listSubscriptions } from './list-subscriptions.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { listTopics } from './list-topics.ts';
import type { SnsHandlers, SnsRooms } from './operation.ts';
import { publishBatch } from './publish-batch.ts';
import { publish } from './publish.ts';
import { removePermission } from './remove-permission.ts';
import { setSubscriptionAttributes } from './set-subscription-attributes.ts';
import { setTopicAttributes } from './set-topic-attributes.ts';
import { subscribe } from './subscribe.ts';
import { tagResource } from './tag-resource.ts';
import { unsubscribe } from './unsubscribe.ts';
import { untagResource } from './untag-resource.ts';

export function snsHandlers(rooms: SnsRooms): SnsHandlers {
  return {
    ...featuresNotOffered,
    AddPermission: addPermission(rooms),
    ConfirmSubscription: confirmSubscription(rooms),
    CreateTopic: createTopic(rooms),
    DeleteTopic: deleteTopic(rooms),
    GetSubscriptionAttributes: getSubscriptionAttributes(rooms),
    GetTopicAttributes: getTopicAttributes(rooms),
    ListSubscriptions: listSubscriptions(rooms),
    ListSubscriptionsByTopic: listSubscriptionsByTopic(rooms),
    ListTagsForResource: listTagsForResource(rooms),
    ListTopics: listTopics(rooms),
    Publish: publish(rooms),
    PublishBatch: publishBatch(rooms),
    RemovePermission: removePermission(rooms),
    SetSubscriptionAttributes: setSubscriptionAttributes(rooms),
    SetTopicAttributes: setTopicAttributes(rooms),
    Subscribe: subscribe(rooms),
    TagResource: tagResource(rooms),
    Unsubscribe: unsubscribe(rooms),
    UntagResource: untagResource(rooms),
  };
}

/** Whoever holds a token may use it unsigned. */
export const SNS_ANONYMOUS: ReadonlySet<string> = new Set(['ConfirmSubscription']);
