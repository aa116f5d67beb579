// Tags of log groups: what keys and values may be, and how many there may be.

import { LIMITS } from '#kernel';
import { invalid, invalidMember, tooManyTags } from './log-answers.ts';

export type Tags = Readonly<Record<string, string>>;

const KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

export function checkTags(tags: Tags): Tags {
  for (const [key, value] of Object.entries(tags)) {
    if (!KEY.test(key))
      throw invalidMember(
        key,
        'tags',
        'satisfy regular expression pattern: ^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)$ and have length 1 to 128',
      );
    if (!VALUE.test(value))
      throw invalidMember(
        value,
        'tags',
        'satisfy regular expression pattern: ^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$ and have length 0 to 256',
      );
    if (/^aws:/i.test(key)) throw invalid('Tag keys that begin with aws: are reserved for AWS.');
  }
  return tags;
}

/** The tags with `added` over them. `groupArn` is what the error names. */
export function withTags(tags: Tags, added: Tags, groupArn: string): Tags {
  // Entries and not a spread into a literal: a key may be `__proto__`.
  const merged = new Map([...Object.entries(tags), ...Object.entries(added)]);
  if (merged.size > LIMITS.logGroupTags) throw tooManyTags(groupArn, LIMITS.logGroupTags);
  return Object.fromEntries(merged);
}

export function withoutTags(tags: Tags, removed: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.includes(key)));
}
