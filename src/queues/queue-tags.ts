// Tags of queues: what keys and values may be, and how many there may be.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html

import { LIMITS } from '#kernel';
import { invalid, invalidValue } from './queue-answers.ts';
import type { Tags } from './queue.ts';

const KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/** The tags with `added` over them. */
export function withTags(tags: Tags, added: Tags): Tags {
  for (const [key, value] of Object.entries(added)) {
    if (!KEY.test(key) || /^aws:/i.test(key)) {
      throw invalidValue(
        key,
        'TagKey',
        'A key has 1 to 128 letters, digits, spaces and _ . : / = + - @, and does not begin with aws:.',
      );
    }
    if (!VALUE.test(value)) {
      throw invalidValue(value, 'TagValue', 'A value has up to 256 letters, digits, spaces and _ . : / = + - @.');
    }
  }
  // Entries and not a spread into a literal: a key may be `__proto__`.
  const merged = new Map([...Object.entries(tags), ...Object.entries(added)]);
  if (merged.size > LIMITS.queueTags)
    throw invalid(`Too many tags added for queue. Maximum number of tags allowed is ${LIMITS.queueTags}.`);
  return Object.fromEntries(merged);
}

export function withoutTags(tags: Tags, removed: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.includes(key)));
}
