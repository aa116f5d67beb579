// Pages of lists: a token holds the name after which the next page begins, so that no page skips or repeats what others make meanwhile.

import { LIMITS } from '#kernel';
import { invalidPageToken } from './machine-answers.ts';

export type PageRequest = { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined };

export type Page<Item> = { readonly items: readonly Item[]; readonly nextToken: string | undefined };

/** AWS takes 0 for "as many as by default". */
export function pageSize({ maxResults }: PageRequest): number {
  return maxResults === undefined || maxResults === 0 ? LIMITS.statesPageDefault : Math.min(maxResults, LIMITS.statesPage);
}

/** The last name of the page before; undefined at the beginning. Throws InvalidToken for what is no token of ours. */
export function afterToken({ nextToken }: PageRequest): string | undefined {
  if (nextToken === undefined) return undefined;
  const text = Buffer.from(nextToken, 'base64url').toString();
  if (!text.startsWith(PREFIX) || tokenAfter(text.slice(PREFIX.length)) !== nextToken) throw invalidPageToken();
  return text.slice(PREFIX.length);
}

/** `found` is one more than the page holds, where there is one more. */
export function pageOf<Item>(found: readonly Item[], size: number, nameOf: (item: Item) => string): Page<Item> {
  const items = found.slice(0, size);
  const last = items.at(-1);
  return { items, nextToken: found.length > size && last !== undefined ? tokenAfter(nameOf(last)) : undefined };
}

const PREFIX = 'after:';

function tokenAfter(name: string): string {
  return Buffer.from(`${PREFIX}${name}`).toString('base64url');
}
