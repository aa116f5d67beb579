// Tags of objects and buckets: their rules, and the query-string form in which they travel in a header.

import { ApiError, LIMITS } from '#kernel';

export type Tags = Readonly<Record<string, string>>;

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
const KEY_CHARACTERS = 128;
const VALUE_CHARACTERS = 256;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export function objectTags(tags: readonly Tag[]): Tags {
  return checkedTags(tags, { limit: LIMITS.objectTags, owner: 'Object' });
}

export function bucketTags(tags: readonly Tag[]): Tags {
  return checkedTags(tags, { limit: LIMITS.bucketTags, owner: 'Bucket' });
}

/** `x-amz-tagging: project=a%20b&draft`. */
export function tagsFromHeader(header: string | undefined): Tags {
  if (header === undefined || header === '') return {};
  return objectTags([...new URLSearchParams(header)].map(([key, value]) => ({ key, value })));
}

function checkedTags(tags: readonly Tag[], rule: { readonly limit: number; readonly owner: string }): Tags {
  if (tags.length > rule.limit) throw new ApiError('BadRequest', `${rule.owner} tags cannot be greater than ${rule.limit}`);
  const checked = new Map<string, string>();
  for (const { key, value } of tags) {
    if (key === '' || key.length > KEY_CHARACTERS || !ALLOWED.test(key))
      throw invalid('The TagKey you have provided is invalid', key);
    if (value.length > VALUE_CHARACTERS || !ALLOWED.test(value)) throw invalid('The TagValue you have provided is invalid', key);
    if (key.toLowerCase().startsWith('aws:')) throw invalid('System tags cannot be added/updated by requester', key);
    if (checked.has(key)) throw invalid('Cannot provide multiple Tags with the same key', key);
    checked.set(key, value);
  }
  return Object.fromEntries(checked);
}

function invalid(message: string, key: string): ApiError {
  return new ApiError('InvalidTag', message, { fields: { TagKey: key.slice(0, KEY_CHARACTERS) } });
}
