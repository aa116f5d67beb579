// A message that goes out to many subscriptions in several steps, as a delivery of the room's own lane. Its id says nothing: each step has one.

import type { Scope } from '#kernel';
import type { NewDelivery } from '#store';
import type { Message } from './message.ts';

export const TOPIC_LANE = 'topic';

export interface FanOut {
  readonly id: string;
  readonly scope: Scope;
  readonly message: Message;
  /** The id of the last subscription that has its entry. */
  readonly after: string;
}

export function fanOutDelivery({ id, scope, message, after }: FanOut): NewDelivery {
  return {
    id,
    scope,
    lane: TOPIC_LANE,
    target: message.topicArn,
    payload: Buffer.from(JSON.stringify(message)),
    attributes: { after },
    acceptedAtMs: message.publishedAtMs,
    dueAtMs: message.publishedAtMs,
  };
}

/** Only what `fanOutDelivery` wrote comes back here, so its shape is believed. */
export function fanOutOf({ id, scope, payload, attributes }: NewDelivery): FanOut {
  const message = JSON.parse(Buffer.from(payload).toString()) as Message;
  return { id, scope, message, after: (attributes as { readonly after: string }).after };
}
