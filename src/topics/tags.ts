// Tags of topics. https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html

import { LIMITS } from '#kernel';
import { invalid, tooManyTags } from './topic-answers.ts';
import type { Tags } from './topic-record.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export function tagsOf(given: readonly Tag[]): Tags {
  const names = new Set(given.map(({ Key }) => Key));
  if (names.size !== given.length) throw invalid('Duplicated keys are not allowed.');
  for (const name of names) if (/^aws:/i.test(name)) throw invalid('Tag keys that begin with aws: are reserved for AWS.');
  return Object.fromEntries(given.map(({ Key, Value }) => [Key, Value]));
}

export function tagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function withTags(tags: Tags, added: Tags): Tags {
  // Entries and not a spread into a literal: a key may be `__proto__`.
  const merged = new Map([...Object.entries(tags), ...Object.entries(added)]);
  if (merged.size > LIMITS.topicTags) throw tooManyTags(LIMITS.topicTags);
  return Object.fromEntries(merged);
}

export function withoutTags(tags: Tags, removed: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.includes(key)));
}

export function sameTags(one: Tags, other: Tags): boolean {
  const entries = Object.entries(one);
  return (
    entries.length === Object.keys(other).length &&
    entries.every(([key, value]) => Object.hasOwn(other, key) && other[key] === value)
  );
}
