// Subscriptions: made, confirmed, told things, listed and ended.

import { timingSafeEqual } from 'node:crypto';
import { ApiError, LIMITS, type Scope } from '#kernel';
import type { DeliveryQueue, Resource, ResourceChange, ResourceStore } from '#store';
import type { Audiences } from './audience.ts';
import { hashOf, isTokenOf, newToken, subscriptionOfToken } from './confirmation-token.ts';
import { checkEndpoint } from './endpoints.ts';
import type { EntryTools } from './entries.ts';
import { pageToken, parsePageToken } from './page-token.ts';
import { questionDelivery } from './questions.ts';
import {
  endpointKey,
  isOver,
  removalOf,
  SUBSCRIPTION,
  subscriptionBody,
  subscriptionKey,
  subscriptionOf,
  type SubscriptionRecord,
  type SubscriptionState,
} from './subscription-record.ts';
import { checkNewSubscriptionSettings, withSetting } from './subscription-settings.ts';
import type { Page } from './topic-administration.ts';
import {
  changedMeanwhile,
  filterPolicyLimitExceeded,
  invalid,
  noSuchSubscription,
  noSuchTopic,
  subscriptionLimitExceeded,
} from './topic-answers.ts';
import type { SubscriptionName } from './topic-names.ts';
import { isFifo, topicKey, topicOf, type TopicRecord } from './topic-record.ts';

export interface SubscriptionsParts extends EntryTools {
  readonly resources: ResourceStore;
  readonly deliveries: Pick<DeliveryQueue, 'accept'>;
  readonly audiences: Audiences;
  /** Whether the platform can send mails. */
  readonly hasMail: boolean;
}

export interface NewSubscription {
  readonly protocol: string;
  readonly endpoint: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  /** The ARN of who subscribes. */
  readonly principal: string;
}

const ATTEMPTS = 8;

export class Subscriptions {
  readonly #parts: SubscriptionsParts;

  constructor(parts: SubscriptionsParts) {
    this.#parts = parts;
  }

  /** A new subscription, or the one that its endpoint has already. */
  async subscribe(scope: Scope, topicName: string, given: NewSubscription): Promise<SubscriptionRecord> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { topic, revision } = await this.#topic(scope, topicName);
      const { protocol, settings } = this.#checked(scope, topic, given);
      const place = { topic: topicName, protocol, endpoint: given.endpoint ?? '' };
      const existing = await this.#atEndpoint(scope, place);
      if (existing !== undefined) return this.#again(scope, topic, existing, given);
      await this.#checkRoom(scope, topic, settings.FilterPolicy !== undefined);
      const record: SubscriptionRecord = {
        ...place,
        id: this.#parts.random.uuid(),
        principal: given.principal,
        createdAtMs: this.#parts.clock.now(),
        settings,
        unsubscribeToken: Buffer.from(this.#parts.random.bytes(24)).toString('hex'),
        state: { kind: 'confirmed', isAuthenticated: true, endsSigned: false },
      };
      const made = needsConfirmation(record)
        ? await this.#ask(scope, topic, record, 'SubscriptionConfirmation', (state) => this.#add(scope, state, topic, revision))
        : await this.#add(scope, record, topic, revision);
      if (made !== undefined) return made;
    }
    throw changedMeanwhile();
  }

  /** The subscription that a token is for, confirmed, or restored after it was ended. */
  async confirm(
    scope: Scope,
    topicName: string,
    { token, isSigned, endsSigned }: { readonly token: string; readonly isSigned: boolean; readonly endsSigned: boolean },
  ): Promise<SubscriptionRecord> {
    const id = subscriptionOfToken(token);
    if (id === undefined) throw invalid('Token');
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const found = await this.#parts.resources.get(subscriptionKey(scope, topicName, id));
      const record = found === undefined ? undefined : subscriptionOf(found);
      if (found === undefined || record === undefined || !isTokenOf(record.state.tokenHash, token)) throw invalid('Token');
      if (record.state.kind === 'confirmed') return record;
      if (isOver(record, this.#parts.clock.now())) throw invalid('Token');
      const state: SubscriptionState = {
        kind: 'confirmed',
        isAuthenticated: isSigned,
        endsSigned: endsSigned && isSigned,
        tokenHash: record.state.tokenHash,
      };
      const confirmed = await this.#confirmAs(scope, found, { ...record, state });
      if (confirmed !== undefined) return confirmed;
    }
    throw changedMeanwhile();
  }

  /** By a signed request, or by whoever has the link of a message. One that is not there is ended already. */
  async end(scope: Scope, name: SubscriptionName, token?: string): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const found = await this.#parts.resources.get(subscriptionKey(scope, name.topic, name.id));
      if (found === undefined) return;
      const record = subscriptionOf(found);
      if (token !== undefined) checkLink(record, token);
      if (record.state.kind === 'pending' && token === undefined)
        throw invalid('SubscriptionArn', 'This subscription waits for its confirmation and cannot be ended; it ends by itself');
      if (record.state.kind === 'ended' || (await this.#endFound(scope, found, record))) return;
    }
    throw changedMeanwhile();
  }

  async need(scope: Scope, { topic, id }: SubscriptionName): Promise<SubscriptionRecord> {
    const found = await this.#parts.resources.get(subscriptionKey(scope, topic, id));
    const record = found === undefined ? undefined : subscriptionOf(found);
    if (record === undefined || record.state.kind === 'ended' || isOver(record, this.#parts.clock.now()))
      throw noSuchSubscription();
    return record;
  }

  async set(scope: Scope, name: SubscriptionName, attribute: { readonly name: string; readonly value: string }): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      await this.need(scope, name);
      const found = await this.#parts.resources.get(subscriptionKey(scope, name.topic, name.id));
      const { topic } = await this.#topic(scope, name.topic);
      if (found === undefined) throw noSuchSubscription();
      const record = subscriptionOf(found);
      const place = { scope, protocol: record.protocol, endpoint: record.endpoint, isFifoTopic: isFifo(topic) };
      const settings = withSetting(place, record.settings, attribute);
      if (settings.FilterPolicy !== undefined && record.settings.FilterPolicy === undefined)
        await this.#checkRoom(scope, topic, true, 0);
      if (await this.#replace(scope, found, { ...record, settings })) return;
    }
    throw changedMeanwhile();
  }

  /** Of one topic, or of all. */
  async list(scope: Scope, topic: string | undefined, token: string | undefined): Promise<Page<SubscriptionRecord>> {
    if (topic !== undefined) await this.#topic(scope, topic);
    const found = await this.#parts.resources.list({
      scope,
      kind: SUBSCRIPTION,
      prefix: topic === undefined ? '' : `${topic}/`,
      limit: LIMITS.topicsPerPage + 1,
      ...(token === undefined ? {} : { after: parsePageToken(token) }),
    });
    const page = found.slice(0, LIMITS.topicsPerPage);
    const nowMs = this.#parts.clock.now();
    return {
      items: page.map(subscriptionOf).filter((record) => record.state.kind !== 'ended' && !isOver(record, nowMs)),
      nextToken: found.length > LIMITS.topicsPerPage ? pageToken(page.at(-1)?.key.name ?? '') : undefined,
    };
  }

  #checked(scope: Scope, topic: TopicRecord, { protocol: asked, endpoint, attributes }: NewSubscription) {
    const isFifoTopic = isFifo(topic);
    const protocol = checkEndpoint({ scope, protocol: asked, endpoint, isFifoTopic, hasMail: this.#parts.hasMail });
    const place = { scope, protocol, endpoint: endpoint ?? '', isFifoTopic };
    return { protocol, settings: checkNewSubscriptionSettings(place, attributes) };
  }

  async #topic(scope: Scope, name: string): Promise<{ readonly topic: TopicRecord; readonly revision: number }> {
    const found = await this.#parts.resources.get(topicKey(scope, name));
    if (found === undefined || topicOf(found).isEnding) throw noSuchTopic();
    return { topic: topicOf(found), revision: found.revision };
  }

  async #checkRoom(scope: Scope, topic: TopicRecord, hasFilter: boolean, more = 1): Promise<void> {
    const audience = await this.#parts.audiences.of(scope, topic.name);
    const most = isFifo(topic) ? LIMITS.fifoTopicSubscriptions : LIMITS.topicSubscriptions;
    if (audience.size + more > most) throw subscriptionLimitExceeded(most);
    if (hasFilter && audience.filterPolicies >= LIMITS.filterPoliciesPerTopic)
      throw filterPolicyLimitExceeded(LIMITS.filterPoliciesPerTopic);
  }

  async #atEndpoint(
    scope: Scope,
    place: Pick<SubscriptionRecord, 'topic' | 'protocol' | 'endpoint'>,
  ): Promise<Resource | undefined> {
    const index = await this.#parts.resources.get(endpointKey(scope, place));
    if (index === undefined) return undefined;
    // Its body is an id: `#add` wrote it.
    const found = await this.#parts.resources.get(subscriptionKey(scope, place.topic, index.body as string));
    if (found === undefined || !isOver(subscriptionOf(found), this.#parts.clock.now())) return found;
    await this.#parts.resources.commit(removalOf(scope, found));
    this.#parts.audiences.subscriptionRemoved(scope, subscriptionOf(found));
    return undefined;
  }

  /** What is said again must be what is there. Whoever has not answered yet is asked again. */
  async #again(scope: Scope, topic: TopicRecord, found: Resource, { attributes }: NewSubscription): Promise<SubscriptionRecord> {
    const record = subscriptionOf(found);
    const place = { scope, protocol: record.protocol, endpoint: record.endpoint, isFifoTopic: isFifo(topic) };
    const said = checkNewSubscriptionSettings(place, attributes);
    for (const [name, value] of Object.entries(said))
      if ((record.settings[name as keyof typeof said] ?? DEFAULTS[name]) !== value)
        throw invalid('Attributes', 'Subscription already exists with different attributes');
    if (record.state.kind !== 'pending') return record;
    const asked = await this.#ask(scope, topic, record, 'SubscriptionConfirmation', async (changed) =>
      (await this.#replace(scope, found, changed)) ? changed : undefined,
    );
    if (asked === undefined) throw changedMeanwhile();
    return asked;
  }

  /** Writes the state that waits for an answer, then sends the question: without an answer to it nothing was promised yet. */
  async #ask(
    scope: Scope,
    topic: TopicRecord,
    record: SubscriptionRecord,
    type: 'SubscriptionConfirmation' | 'UnsubscribeConfirmation',
    write: (record: SubscriptionRecord) => Promise<SubscriptionRecord | undefined>,
  ): Promise<SubscriptionRecord | undefined> {
    const token = newToken(this.#parts.random, record.id);
    const kind = type === 'SubscriptionConfirmation' ? 'pending' : 'ended';
    const state = { kind, tokenHash: hashOf(token), untilMs: this.#parts.clock.now() + LIMITS.topicConfirmationMs } as const;
    const written = await write({ ...record, state });
    if (written === undefined) return undefined;
    const question = await questionDelivery(this.#parts, { scope, topic, record, type, token });
    if (question !== undefined) await this.#parts.deliveries.accept([question]);
    return written;
  }

  async #add(
    scope: Scope,
    record: SubscriptionRecord,
    topic: TopicRecord,
    revision: number,
  ): Promise<SubscriptionRecord | undefined> {
    const outcome = await this.#parts.resources.commit([
      { key: topicKey(scope, topic.name), expect: { revision }, change: 'check' },
      { key: subscriptionKey(scope, topic.name, record.id), expect: 'absent', change: { put: subscriptionBody(record) } },
      { key: endpointKey(scope, record), expect: 'absent', change: { put: record.id } },
    ]);
    if (outcome.kind === 'conflict') return undefined;
    this.#parts.audiences.subscriptionChanged(scope, record);
    return record;
  }

  async #replace(
    scope: Scope,
    found: Resource,
    record: SubscriptionRecord,
    also: readonly ResourceChange[] = [],
  ): Promise<boolean> {
    const outcome = await this.#parts.resources.commit([
      { key: found.key, expect: { revision: found.revision }, change: { put: subscriptionBody(record) } },
      ...also,
    ]);
    if (outcome.kind === 'conflict') return false;
    this.#parts.audiences.subscriptionChanged(scope, record);
    return true;
  }

  /** Undefined: something changed meanwhile. */
  async #confirmAs(scope: Scope, found: Resource, record: SubscriptionRecord): Promise<SubscriptionRecord | undefined> {
    const wasPending = subscriptionOf(found).state.kind === 'pending';
    const place = endpointKey(scope, record);
    const index = wasPending ? undefined : await this.#parts.resources.get(place);
    // Whoever subscribed again after the end has another subscription, which is confirmed in its own way.
    if (index !== undefined) throw invalid('Token');
    const also: readonly ResourceChange[] = wasPending ? [] : [{ key: place, expect: 'absent', change: { put: record.id } }];
    return (await this.#replace(scope, found, record, also)) ? record : undefined;
  }

  /** True when it is done. What somebody outside answers for can be restored for a while; the rest is gone. */
  async #endFound(scope: Scope, found: Resource, record: SubscriptionRecord): Promise<boolean> {
    const { resources, audiences } = this.#parts;
    if (record.state.kind === 'pending' || !needsConfirmation(record)) {
      if ((await resources.commit(removalOf(scope, found))).kind === 'conflict') return false;
      audiences.subscriptionRemoved(scope, record);
      return true;
    }
    const topic = await resources.get(topicKey(scope, record.topic));
    if (topic === undefined) return true;
    const release: ResourceChange = { key: endpointKey(scope, record), expect: 'any', change: 'remove' };
    const ended = await this.#ask(scope, topicOf(topic), record, 'UnsubscribeConfirmation', async (changed) =>
      (await this.#replace(scope, found, changed, [release])) ? changed : undefined,
    );
    return ended !== undefined;
  }
}

/** What AWS shows where nothing was said. */
const DEFAULTS: Readonly<Record<string, string | undefined>> = {
  RawMessageDelivery: 'false',
  FilterPolicyScope: 'MessageAttributes',
};

/** Queues and functions are the account's own; who subscribes them may. */
export function needsConfirmation({ protocol }: Pick<SubscriptionRecord, 'protocol'>): boolean {
  return protocol !== 'lambda' && protocol !== 'sqs';
}

function checkLink({ unsubscribeToken, state }: SubscriptionRecord, token: string): void {
  const [own, given] = [Buffer.from(unsubscribeToken), Buffer.from(token)];
  if (own.length !== given.length || !timingSafeEqual(own, given))
    throw new ApiError('AuthorizationError', 'The link is not that of a message of this subscription.');
  if (state.kind === 'confirmed' && state.endsSigned)
    throw new ApiError('AuthorizationError', 'This subscription is ended by signed requests alone.');
}
