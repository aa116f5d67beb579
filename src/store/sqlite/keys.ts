// How keys are written and compared. Text is compared by its UTF-8 bytes everywhere, as SQLite's BINARY collation, PostgreSQL's
// "C" and S3 do; JavaScript's own `<` compares UTF-16 units and puts U+1F600 before U+FFFD.

import assert from 'node:assert/strict';
import type { AccountId, Region, Scope } from '#kernel';

/** More than any page that a room asks for (a multipart object may have 10 000 parts). */
const PAGE_LIMIT_MAX = 10_000;

export function scopeText(scope: Scope): string {
  return `${scope.account}/${scope.region}`;
}

export function scopeOf(text: string): Scope {
  const slash = text.indexOf('/');
  return { account: text.slice(0, slash) as AccountId, region: text.slice(slash + 1) as Region };
}

/** Text that UTF-8 cannot write would come back as another text, and two keys would become one. */
export function checkedText(text: string): string {
  assert(text.isWellFormed(), 'A key holds half of a surrogate pair: decode it as UTF-8 before it reaches the store.');
  return text;
}

export function checkedLimit(limit: number): number {
  assert(
    Number.isSafeInteger(limit) && limit >= 0 && limit <= PAGE_LIMIT_MAX,
    `A page holds 0 to ${PAGE_LIMIT_MAX} entries, not ${limit}.`,
  );
  return limit;
}

/** Greater than every key that begins with `prefix`, smaller than every greater key that does not: 0xFF is in no UTF-8 text. */
export function afterAllWith(prefix: string): Uint8Array {
  return Buffer.concat([Buffer.from(checkedText(prefix)), Buffer.from([0xff])]);
}

/** The smallest text greater than `key`. */
export function justAfter(key: string): Uint8Array {
  return Buffer.concat([Buffer.from(checkedText(key)), Buffer.from([0])]);
}

/** Where a page begins: at `prefix`, or after `after` when that is further. Compare keys with `>= CAST(? AS TEXT)`. */
export function pageStart(prefix: string, after: string | undefined): Uint8Array {
  const start = Buffer.from(checkedText(prefix));
  if (after === undefined) return start;
  const next = justAfter(after);
  return Buffer.compare(start, next) >= 0 ? start : next;
}
