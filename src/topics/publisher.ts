// Publishing: a message is checked, matched against everybody's filters, and accepted with everything that must follow, in one step.
//
// Few subscriptions: their entries are that step. Many: the step is one delivery of the room's own lane that holds the message, and from
// there it goes out in steps of at most LIMITS.topicFanOutEntries, each of which settles the delivery before it and accepts its entries
// together with what is left. So what was acknowledged reaches everybody, also through a kill between two steps, and nobody twice because of one.

import assert from 'node:assert/strict';
import { LIMITS, type Scope } from '#kernel';
import type { DeliveryQueue, NewDelivery } from '#store';
import { subscribersOf, type Audience, type Audiences } from './audience.ts';
import { checkBatch, checkBatchBytes, type BatchEntry } from './batch.ts';
import { deliveriesOf, entryBytes, prepareMessage, type EntryTools } from './entries.ts';
import { fanOutDelivery } from './fan-out-delivery.ts';
import { checkMessage, type CheckedMessage, type Message, type NewMessage } from './message.ts';
import type { OrderedPublishing } from './ordered-publishing.ts';
import { topicArn } from './topic-names.ts';
import { isFifo, rulesOf } from './topic-record.ts';

export interface PublisherParts extends EntryTools {
  readonly audiences: Audiences;
  readonly deliveries: Pick<DeliveryQueue, 'accept'>;
  readonly ordered: OrderedPublishing;
}

export interface PublishOptions {
  /** Where whoever publishes may do so again, and it should be the same message: a UUID. */
  readonly messageId?: string | undefined;
  readonly traceHeader?: string | undefined;
}

export interface Published {
  readonly messageId: string;
  /** FIFO topics alone. */
  readonly sequenceNumber: string | undefined;
}

export class Publisher {
  readonly #parts: PublisherParts;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Resolves when the message is safe, with all its entries or what makes them. */
  async publish(scope: Scope, topic: string, given: NewMessage, options: PublishOptions = {}): Promise<Published> {
    const audience = await this.#parts.audiences.of(scope, topic);
    const checked = checkMessage(given, rulesOf(audience.topic));
    const message = this.#message(audience, checked, options);
    const [published] = await this.#accept(audience, [message]);
    assert(published !== undefined);
    return published;
  }

  /** All of them or none, in one step and in their order. */
  async publishBatch(
    scope: Scope,
    topic: string,
    entries: readonly BatchEntry[],
    options: Pick<PublishOptions, 'traceHeader'> = {},
  ): Promise<readonly Published[]> {
    checkBatch(entries);
    const audience = await this.#parts.audiences.of(scope, topic);
    const checked = entries.map((entry) => checkMessage(entry, rulesOf(audience.topic)));
    checkBatchBytes(checked);
    return this.#accept(
      audience,
      checked.map((message) => this.#message(audience, message, options)),
    );
  }

  async #accept(audience: Audience, messages: readonly Message[]): Promise<readonly Published[]> {
    const { deliveries, ordered } = this.#parts;
    const { scope, topic } = audience;
    if (isFifo(topic))
      return ordered.publish({
        scope,
        topic: topic.name,
        messages,
        isKnownByGroup: topic.settings.FifoThroughputScope === 'MessageGroup',
        deliveriesOf: (message) => this.#deliveriesOf(audience, [message]),
      });
    await deliveries.accept(await this.#deliveriesOf(audience, messages));
    return messages.map(({ id }) => ({ messageId: id, sequenceNumber: undefined }));
  }

  /** The one step of these messages together. A FIFO topic has no more subscriptions than fit into one. */
  async #deliveriesOf(audience: Audience, messages: readonly Message[]): Promise<readonly NewDelivery[]> {
    const wanted = messages.map((message) => ({ message, subscribers: subscribersOf(audience.subscribers, message) }));
    const entries = wanted.reduce((sum, { subscribers }) => sum + subscribers.length, 0);
    const bytes = wanted.reduce((sum, { message, subscribers }) => sum + subscribers.length * entryBytes(message), 0);
    if (!isFifo(audience.topic) && (entries > LIMITS.topicFanOutEntries || bytes > LIMITS.topicFanOutBytes))
      return wanted
        .filter(({ subscribers }) => subscribers.length > 0)
        .map(({ message }) => fanOutDelivery({ scope: audience.scope, message, after: '', id: this.#parts.random.uuid() }));
    const deliveries = await Promise.all(
      wanted.map(async ({ message, subscribers }) => {
        const prepared = await prepareMessage(this.#parts, audience, message, subscribers);
        return deliveriesOf(prepared, subscribers);
      }),
    );
    return deliveries.flat();
  }

  #message(audience: Audience, checked: CheckedMessage, { messageId, traceHeader }: PublishOptions): Message {
    const { bytes: _bytes, ...members } = checked;
    return {
      ...members,
      id: messageId ?? this.#parts.random.uuid(),
      topicArn: topicArn(audience.scope, audience.topic.name),
      publishedAtMs: this.#parts.clock.now(),
      sequenceNumber: undefined,
      traceHeader,
    };
  }
}
