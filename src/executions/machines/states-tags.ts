// Tags of state machines and activities. https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html

import { ApiError } from '#kernel';
import { invalid } from './machine-answers.ts';

export type Tags = Readonly<Record<string, string>>;

const CHARACTERS = /^[\p{L}\p{N}\p{Z}_.:/=+\-@]*$/u;

/** The tags after more were added; `most` is what a resource may have. Throws TooManyTags, ValidationException. */
export function withTags(tags: Tags, added: Tags, { arn, most }: { readonly arn: string; readonly most: number }): Tags {
  if (Object.keys(added).some((key) => /^aws:/i.test(key))) throw invalid('Tag keys that begin with aws: are reserved for AWS.');
  for (const text of Object.entries(added).flat())
    if (!CHARACTERS.test(text))
      throw invalid(
        `Tags may only contain Unicode letters, digits, white space, or these symbols: _ . : / = + - @. Received: ${text}`,
      );
  // Entries and not a spread: a key may be `__proto__`.
  const merged = Object.fromEntries(new Map([...Object.entries(tags), ...Object.entries(added)]));
  if (Object.keys(merged).length > most)
    throw new ApiError('TooManyTags', `${arn} would have more than ${most} tags.`, { fields: { resourceName: arn } });
  return merged;
}

export function withoutTags(tags: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
}
