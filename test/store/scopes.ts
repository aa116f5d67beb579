// Scopes that nobody else uses, so that many runs can share one store.

import type { AccountId, Region, Scope } from '#kernel';

let last = 0;

export function freshScope(): Scope {
  last += 1;
  return { account: String(last).padStart(12, '0') as AccountId, region: 'us-east-1' as Region };
}

/** Names that tell byte order from UTF-16 order, and prefixes from neighbours. */
export const TRICKY_NAMES = [
  '',
  'a',
  'a/',
  'a/b',
  'a/b/c',
  'a/c',
  'a0',
  'a\u0000',
  'b/',
  'b//',
  'é',
  '\u{e000}',
  '\u{ffff}',
  '\u{1f600}',
  '\u{10ffff}',
  'a\u{10ffff}',
] as const;

export function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
