// The text of a payload, where it is not too large to be one. Values share what they are made of, so that a few lines of a template can name gigabytes: they
// are measured before they are printed.

import { LIMITS } from '#kernel';
import { isArray } from './json.ts';
import type { Json } from './json.ts';

/** As deep as AWS's reader of JSON goes; JSON.stringify itself fails some thousands deeper. */
const NESTING_MAX = 1000;

/** Undefined where it has more bytes than that, or is nested too deep. */
export function boundedText(value: Json, bytesMax: number): string | undefined {
  if (leastLength(value, bytesMax, 0) > bytesMax) return undefined;
  const text = JSON.stringify(value);
  return text.length * 3 > bytesMax && Buffer.byteLength(text) > bytesMax ? undefined : text;
}

export function payloadText(value: Json): string | undefined {
  return boundedText(value, LIMITS.statePayloadBytes);
}

/** For causes. */
export function shownText(value: Json): string {
  return payloadText(value) ?? '(a value that is too large to be shown)';
}

/** What the text has at least; more than `most` as soon as it is known to be more. */
function leastLength(value: Json, most: number, depth: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 1;
  if (depth >= NESTING_MAX) return Number.POSITIVE_INFINITY;
  let length = 2;
  if (isArray(value)) {
    for (const item of value) {
      length += 1 + leastLength(item, most - length, depth + 1);
      if (length > most) return length;
    }
    return length;
  }
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    length += key.length + 3 + leastLength(value[key] ?? null, most - length, depth + 1);
    if (length > most) return length;
  }
  return length;
}
