// What is done to topics: made, removed, listed, and told things.

import { LIMITS, type Clock, type Scope } from '#kernel';
import type { ResourceStore } from '#store';
import type { Audiences } from './audience.ts';
import { effectiveTopicPolicy, parseTopicDeliveryPolicy } from './delivery-policy-text.ts';
import { pageToken, parsePageToken } from './page-token.ts';
import { removalOf, SUBSCRIPTION } from './subscription-record.ts';
import { sameTags, withoutTags, withTags } from './tags.ts';
import { changedMeanwhile, invalid, noSuchResource, noSuchTopic } from './topic-answers.ts';
import { checkTopicName, topicArn } from './topic-names.ts';
import { defaultPolicy, withoutPermission, withPermission, type Permission } from './topic-policy.ts';
import { isFifo, TOPIC, topicBody, topicKey, topicOf, type Tags, type TopicRecord, type TopicSettings } from './topic-record.ts';
import { checkNewTopicSettings, checkTopicSetting, withDefaults } from './topic-settings.ts';

export interface AdministrationParts {
  readonly resources: ResourceStore;
  readonly audiences: Audiences;
  readonly clock: Clock;
  /** What a FIFO topic that ends knows of its messages. */
  readonly forgetPublications: (scope: Scope, name: string) => Promise<void>;
}

export interface NewTopic {
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  readonly tags?: Tags | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken: string | undefined;
}

/** Changes by compare-and-set; each attempt lost means that somebody else's was made. */
const ATTEMPTS = 8;
const REMOVED_AT_ONCE = 200;

export class TopicAdministration {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** The ARN, also of one that is there already and was told the same. */
  async create(scope: Scope, name: string, { attributes = {}, tags = {} }: NewTopic): Promise<string> {
    checkTopicName(name, attributes['FifoTopic'] === 'true');
    const settings = checkNewTopicSettings(attributes);
    const checkedTags = withTags({}, tags);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const found = await this.#find(scope, name);
      if (found?.isEnding === true) await this.#end(scope, name);
      else if (found !== undefined) {
        checkSame(found, settings, checkedTags);
        return topicArn(scope, name);
      }
      const record: TopicRecord = {
        name,
        createdAtMs: this.#parts.clock.now(),
        settings: withDefaults(settings),
        tags: checkedTags,
        isEnding: false,
      };
      const outcome = await this.#parts.resources.commit([
        { key: topicKey(scope, name), expect: 'absent', change: { put: topicBody(record) } },
      ]);
      if (outcome.kind === 'committed') return topicArn(scope, name);
    }
    throw changedMeanwhile();
  }

  /** With all its subscriptions. One that is not there is removed already. */
  async remove(scope: Scope, name: string): Promise<void> {
    try {
      await this.#change(scope, name, (topic) => ({ ...topic, isEnding: true }), { evenEnding: true });
    } catch (error) {
      if (error instanceof TopicIsGone) return;
      throw error;
    }
    await this.#end(scope, name);
  }

  async need(scope: Scope, name: string): Promise<TopicRecord> {
    const topic = await this.#find(scope, name);
    if (topic === undefined || topic.isEnding) throw noSuchTopic();
    return topic;
  }

  /** The ARNs, by name. */
  async list(scope: Scope, token: string | undefined): Promise<Page<string>> {
    const after = token === undefined ? {} : { after: parsePageToken(token) };
    const found = await this.#parts.resources.list({ scope, kind: TOPIC, limit: LIMITS.topicsPerPage + 1, ...after });
    const page = found.slice(0, LIMITS.topicsPerPage).map(topicOf);
    return {
      items: page.filter(({ isEnding }) => !isEnding).map(({ name }) => topicArn(scope, name)),
      nextToken: found.length > LIMITS.topicsPerPage ? pageToken(page.at(-1)?.name ?? '') : undefined,
    };
  }

  /** As GetTopicAttributes answers them. */
  async attributes(scope: Scope, name: string): Promise<Readonly<Record<string, string>>> {
    const audience = await this.#parts.audiences.of(scope, name);
    const { settings } = audience.topic;
    const { pending, confirmed, ended } = audience.counts(this.#parts.clock.now());
    return {
      ...settings,
      DisplayName: settings.DisplayName ?? '',
      EffectiveDeliveryPolicy: JSON.stringify(effectiveTopicPolicy(parseTopicDeliveryPolicy(settings.DeliveryPolicy ?? ''))),
      Owner: scope.account,
      Policy: settings.Policy ?? defaultPolicy(scope, name),
      SubscriptionsConfirmed: String(confirmed),
      SubscriptionsDeleted: String(ended),
      SubscriptionsPending: String(pending),
      TopicArn: topicArn(scope, name),
    };
  }

  async setAttribute(scope: Scope, name: string, attribute: string, value: string): Promise<void> {
    if (attribute === 'FifoTopic') throw invalid('AttributeName');
    await this.#change(scope, name, (topic) => {
      const checked = checkTopicSetting(attribute, value, isFifo(topic));
      if (checked === undefined) return topic;
      const { [checked.name]: _before, ...rest } = topic.settings;
      return { ...topic, settings: checked.value === undefined ? rest : { ...rest, [checked.name]: checked.value } };
    });
  }

  async addPermission(scope: Scope, name: string, permission: Permission): Promise<void> {
    await this.#changePolicy(scope, name, (policy) => withPermission(policy, topicArn(scope, name), permission));
  }

  async removePermission(scope: Scope, name: string, label: string): Promise<void> {
    await this.#changePolicy(scope, name, (policy) => withoutPermission(policy, label));
  }

  async tag(scope: Scope, name: string, tags: Tags): Promise<void> {
    await this.#change(scope, name, (topic) => ({ ...topic, tags: withTags(topic.tags, tags) }), { missing: noSuchResource });
  }

  async untag(scope: Scope, name: string, keys: readonly string[]): Promise<void> {
    await this.#change(scope, name, (topic) => ({ ...topic, tags: withoutTags(topic.tags, keys) }), { missing: noSuchResource });
  }

  async tags(scope: Scope, name: string): Promise<Tags> {
    const topic = await this.#find(scope, name);
    if (topic === undefined || topic.isEnding) throw noSuchResource();
    return topic.tags;
  }

  #changePolicy(scope: Scope, name: string, change: (policy: string) => string): Promise<void> {
    return this.#change(scope, name, (topic) => ({
      ...topic,
      settings: { ...topic.settings, Policy: change(topic.settings.Policy ?? defaultPolicy(scope, name)) },
    }));
  }

  async #find(scope: Scope, name: string): Promise<TopicRecord | undefined> {
    const found = await this.#parts.resources.get(topicKey(scope, name));
    return found === undefined ? undefined : topicOf(found);
  }

  async #change(
    scope: Scope,
    name: string,
    change: (topic: TopicRecord) => TopicRecord,
    { evenEnding = false, missing = noSuchTopic }: { readonly evenEnding?: boolean; readonly missing?: () => Error } = {},
  ): Promise<void> {
    const { resources, audiences } = this.#parts;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const found = await resources.get(topicKey(scope, name));
      if (found === undefined && evenEnding) throw new TopicIsGone();
      if (found === undefined || (topicOf(found).isEnding && !evenEnding)) throw missing();
      const changed = topicBody(change(topicOf(found)));
      const outcome = await resources.commit([{ key: found.key, expect: { revision: found.revision }, change: { put: changed } }]);
      audiences.forget(scope, name);
      if (outcome.kind === 'committed') return;
    }
    throw changedMeanwhile();
  }

  /**
   * Removes the subscriptions of a topic that nobody sees any more, and the topic last: whoever is interrupted, or comes upon such a topic, goes on
   * here. A new topic of the name gets none of the old one's subscriptions.
   */
  async #end(scope: Scope, name: string): Promise<void> {
    const { resources, audiences } = this.#parts;
    const query = { scope, kind: SUBSCRIPTION, prefix: `${name}/`, limit: REMOVED_AT_ONCE };
    for (;;) {
      const found = await resources.list(query);
      if (found.length === 0) break;
      // A subscription that changed since is found again.
      for (const subscription of found) await resources.commit(removalOf(scope, subscription));
    }
    await this.#parts.forgetPublications(scope, name);
    await resources.commit([{ key: topicKey(scope, name), expect: 'any', change: 'remove' }]);
    audiences.forget(scope, name);
  }
}

/** Inside this file: a removal finds nothing to remove. */
class TopicIsGone extends Error {}

/** What is said again must be what is there; what is left out may be anything. */
function checkSame(topic: TopicRecord, settings: TopicSettings, tags: Tags): void {
  for (const [name, value] of Object.entries(settings))
    if (topic.settings[name as keyof TopicSettings] !== value)
      throw invalid('Attributes', 'Topic already exists with different attributes');
  if (Object.keys(tags).length > 0 && !sameTags(topic.tags, tags))
    throw invalid('Tags', 'Topic already exists with different tags');
}
