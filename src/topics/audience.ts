// Whoever gets a topic's messages, as publishing needs them: confirmed subscriptions with their filters compiled, in memory.
// Owns: the audiences of topics that were lately published to, within LIMITS.topicSubscriptionsInMemory subscriptions.
// Never: the only copy of anything. What is here was read from the store, or changed in it just before.
// I1: a change that was acknowledged is seen by every publish that begins after it: whoever changes something tells it here before it answers.
// I2: an audience that was being read while its topic changed is not kept.

import type { ResourcePolicy } from '#identity';
import { LIMITS, type Clock, type Scope } from '#kernel';
import type { ResourceStore } from '#store';
import { parseSubscriptionDeliveryPolicy, parseTopicDeliveryPolicy, effectivePolicy } from './delivery-policy-text.ts';
import type { TopicDeliveryPolicy } from './delivery-policy-text.ts';
import type { EffectivePolicy } from './delivery-policy.ts';
import { compileFilterPolicy, filteredMessage, type Filter } from './filter-policy.ts';
import type { Message } from './message.ts';
import {
  isOver,
  removalOf,
  SUBSCRIPTION,
  subscriptionKey,
  subscriptionOf,
  type SubscriptionRecord,
} from './subscription-record.ts';
import { deadLetterArnOf, filterScopeOf } from './subscription-settings.ts';
import { noSuchTopic } from './topic-answers.ts';
import { subscriptionArn } from './topic-names.ts';
import { defaultPolicy, readPolicy } from './topic-policy.ts';
import { topicKey, topicOf, type TopicRecord } from './topic-record.ts';

/** A confirmed subscription, ready to be delivered to. */
export interface Subscriber {
  readonly record: SubscriptionRecord;
  readonly arn: string;
  readonly isRaw: boolean;
  readonly filter: Filter | undefined;
  readonly deadLetterArn: string | undefined;
  /** The topic's display name, as the sender of its mails. */
  readonly senderName: string | undefined;
  /** What holds for web servers. */
  readonly policy: EffectivePolicy;
}

const PAGE = 500;

export class Audience {
  readonly scope: Scope;
  readonly topic: TopicRecord;
  readonly #delivery: TopicDeliveryPolicy | undefined;
  readonly #records = new Map<string, SubscriptionRecord>();
  readonly #subscribers = new Map<string, Subscriber>();
  #sorted: readonly Subscriber[] | undefined;
  #policy: ResourcePolicy | undefined;

  constructor(scope: Scope, topic: TopicRecord) {
    this.scope = scope;
    this.topic = topic;
    this.#delivery = parseTopicDeliveryPolicy(topic.settings.DeliveryPolicy ?? '');
  }

  /** All that are there, whatever their state. */
  get size(): number {
    return this.#records.size;
  }

  /** The topic's, or the one that every topic begins with. */
  get policy(): ResourcePolicy {
    this.#policy ??= readPolicy(this.topic.settings.Policy ?? defaultPolicy(this.scope, this.topic.name));
    return this.#policy;
  }

  /** By their ids. */
  get subscribers(): readonly Subscriber[] {
    this.#sorted ??= [...this.#subscribers.values()].sort((one, other) => (one.record.id < other.record.id ? -1 : 1));
    return this.#sorted;
  }

  get filterPolicies(): number {
    let count = 0;
    for (const { settings } of this.#records.values()) if (settings.FilterPolicy !== undefined) count += 1;
    return count;
  }

  counts(nowMs: number): Readonly<Record<SubscriptionRecord['state']['kind'], number>> {
    const counts = { pending: 0, confirmed: 0, ended: 0 };
    for (const record of this.#records.values()) if (!isOver(record, nowMs)) counts[record.state.kind] += 1;
    return counts;
  }

  /** What nobody can confirm or restore any more. */
  over(nowMs: number): readonly SubscriptionRecord[] {
    return [...this.#records.values()].filter((record) => isOver(record, nowMs));
  }

  set(record: SubscriptionRecord): void {
    this.#sorted = undefined;
    this.#records.set(record.id, record);
    if (record.state.kind === 'confirmed') this.#subscribers.set(record.id, this.#subscriber(record));
    else this.#subscribers.delete(record.id);
  }

  remove(id: string): void {
    this.#sorted = undefined;
    this.#records.delete(id);
    this.#subscribers.delete(id);
  }

  #subscriber(record: SubscriptionRecord): Subscriber {
    const { settings, topic, id } = record;
    return {
      record,
      arn: subscriptionArn(this.scope, topic, id),
      isRaw: settings.RawMessageDelivery === 'true',
      filter: settings.FilterPolicy === undefined ? undefined : compileFilterPolicy(settings.FilterPolicy, filterScopeOf(settings)),
      deadLetterArn: deadLetterArnOf(settings),
      senderName: this.topic.settings.DisplayName,
      policy: effectivePolicy(this.#delivery, parseSubscriptionDeliveryPolicy(settings.DeliveryPolicy ?? '')),
    };
  }
}

interface Kept {
  readonly loading: Promise<Audience>;
  audience: Audience | undefined;
}

export class Audiences {
  readonly #resources: ResourceStore;
  readonly #clock: Clock;
  /** Least lately used first. */
  readonly #kept = new Map<string, Kept>();

  constructor({ resources, clock }: { readonly resources: ResourceStore; readonly clock: Clock }) {
    this.#resources = resources;
    this.#clock = clock;
  }

  /** Throws NotFound where there is no such topic. */
  async of(scope: Scope, topic: string): Promise<Audience> {
    const id = idOf(scope, topic);
    const kept = this.#kept.get(id);
    if (kept !== undefined) {
      this.#kept.delete(id);
      this.#kept.set(id, kept);
      return kept.loading;
    }
    const reading: Kept = { loading: this.#read(scope, topic), audience: undefined };
    this.#kept.set(id, reading);
    try {
      reading.audience = await reading.loading;
    } catch (error) {
      if (this.#kept.get(id) === reading) this.#kept.delete(id);
      throw error;
    }
    this.#makeRoom(id);
    return reading.audience;
  }

  /** I1: to be called between the step that changed a subscription and its acknowledgement. */
  subscriptionChanged(scope: Scope, record: SubscriptionRecord): void {
    this.#change(scope, record.topic, (audience) => audience.set(record));
  }

  subscriptionRemoved(scope: Scope, { topic, id }: SubscriptionRecord): void {
    this.#change(scope, topic, (audience) => audience.remove(id));
  }

  /** After a change of the topic itself, on which everything of its audience may hang. */
  forget(scope: Scope, topic: string): void {
    this.#kept.delete(idOf(scope, topic));
  }

  #change(scope: Scope, topic: string, change: (audience: Audience) => void): void {
    const audience = this.#kept.get(idOf(scope, topic))?.audience;
    // I2: who reads now may have read what was there before.
    if (audience === undefined) this.forget(scope, topic);
    else change(audience);
  }

  async #read(scope: Scope, topic: string): Promise<Audience> {
    const found = await this.#resources.get(topicKey(scope, topic));
    if (found === undefined) throw noSuchTopic();
    const record = topicOf(found);
    if (record.isEnding) throw noSuchTopic();
    const audience = new Audience(scope, record);
    const query = { scope, kind: SUBSCRIPTION, prefix: `${topic}/`, limit: PAGE };
    for (let after: string | undefined; ;) {
      const page = await this.#resources.list(after === undefined ? query : { ...query, after });
      for (const resource of page) audience.set(subscriptionOf(resource));
      after = page.at(-1)?.key.name;
      if (page.length < PAGE || after === undefined) break;
    }
    await this.#removeWhatIsOver(audience);
    return audience;
  }

  /** The only time at which these are looked for: they cost nothing but their place. A change meanwhile keeps one for the next time. */
  async #removeWhatIsOver(audience: Audience): Promise<void> {
    for (const record of audience.over(this.#clock.now()).slice(0, PAGE)) {
      const found = await this.#resources.get(subscriptionKey(audience.scope, record.topic, record.id));
      if (found === undefined || !isOver(subscriptionOf(found), this.#clock.now())) continue;
      const outcome = await this.#resources.commit(removalOf(audience.scope, found));
      if (outcome.kind === 'committed') audience.remove(record.id);
    }
  }

  #makeRoom(newest: string): void {
    let held = 0;
    for (const { audience } of this.#kept.values()) held += 1 + (audience?.size ?? 0);
    for (const [id, { audience }] of this.#kept) {
      if (held <= LIMITS.topicSubscriptionsInMemory || id === newest) return;
      if (audience === undefined) continue;
      this.#kept.delete(id);
      held -= 1 + audience.size;
    }
  }
}

function idOf({ account, region }: Scope, topic: string): string {
  return `${account}/${region}/${topic}`;
}

/** Those of them that want the message. */
export function subscribersOf(subscribers: readonly Subscriber[], message: Message): readonly Subscriber[] {
  const filtered = filteredMessage(message);
  return subscribers.filter(({ filter, record }) => filter === undefined || filter(filtered, record.protocol));
}
