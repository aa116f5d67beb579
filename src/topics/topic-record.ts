// A topic as it is kept: what it was told, as text, and its tags. What follows from that is worked out when it is read.

import type { Scope } from '#kernel';
import type { Json, Resource, ResourceKey } from '#store';
import type { TopicRules } from './message.ts';

/** Attributes that can be told, by AWS's names, in the order in which they are shown. */
export const TOPIC_SETTINGS = [
  'ContentBasedDeduplication',
  'DeliveryPolicy',
  'DisplayName',
  'FifoThroughputScope',
  'FifoTopic',
  'Policy',
  'SignatureVersion',
  'TracingConfig',
] as const;

export type TopicSetting = (typeof TOPIC_SETTINGS)[number];
export type TopicSettings = Readonly<Partial<Record<TopicSetting, string>>>;
export type Tags = Readonly<Record<string, string>>;

export interface TopicRecord {
  readonly name: string;
  readonly createdAtMs: number;
  readonly settings: TopicSettings;
  readonly tags: Tags;
  /** Gone for everybody; its subscriptions are being removed. */
  readonly isEnding: boolean;
}

export const TOPIC = 'topic';

export function topicKey(scope: Scope, name: string): ResourceKey {
  return { scope, kind: TOPIC, name };
}

export function topicBody({ createdAtMs, settings, tags, isEnding }: TopicRecord): Json {
  return { createdAtMs, settings: settings as Json, tags, ...(isEnding ? { isEnding } : {}) };
}

export function topicOf({ key, body }: Resource): TopicRecord {
  // Written by `topicBody` alone.
  const kept = body as unknown as Omit<TopicRecord, 'name' | 'isEnding'> & { readonly isEnding?: boolean };
  return {
    name: key.name,
    createdAtMs: kept.createdAtMs,
    settings: kept.settings,
    tags: kept.tags,
    isEnding: kept.isEnding ?? false,
  };
}

export function isFifo({ settings }: TopicRecord): boolean {
  return settings.FifoTopic === 'true';
}

export function rulesOf(topic: TopicRecord): TopicRules {
  return { isFifo: isFifo(topic), contentBasedDeduplication: topic.settings.ContentBasedDeduplication === 'true' };
}
