// What tags may be. https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html

import { LIMITS } from '#kernel';
import { invalidParameter } from '../refusals.ts';

const KEY_LENGTH_MAX = 128;
const VALUE_LENGTH_MAX = 256;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** `current` with `added`. Throws InvalidParameterValueException. */
export function checkTags(
  current: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const [key, value] of Object.entries(added)) {
    if (key.length === 0 || key.length > KEY_LENGTH_MAX)
      throw invalidParameter(`The tag key "${key.slice(0, 40)}" must have 1 to 128 characters.`);
    if (value.length > VALUE_LENGTH_MAX) throw invalidParameter(`The value of the tag "${key}" must have at most 256 characters.`);
    if (key.toLowerCase().startsWith('aws:')) throw invalidParameter(`The tag key "${key}" begins with "aws:", which is reserved.`);
    if (!ALLOWED.test(key) || !ALLOWED.test(value))
      throw invalidParameter(`The tag "${key}" has characters other than letters, digits, spaces and _.:/=+-@.`);
  }
  const tags = { ...current, ...added };
  if (Object.keys(tags).length > LIMITS.tagsPerFunction) throw invalidParameter('Number of tags exceeds resource tag limit.');
  return tags;
}
