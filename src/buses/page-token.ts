// Tokens of pages: the last name of the page before, so that no page skips or repeats what others make meanwhile.

import { invalid } from './bus-answers.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken?: string;
}

export function tokenOf(name: string): string {
  return Buffer.from(name).toString('base64url');
}

/** Throws ValidationException for what is no token of ours. */
export function nameOfToken(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const name = Buffer.from(token, 'base64url').toString();
  if (name === '' || tokenOf(name) !== token) throw invalid('The NextToken is not one that was answered here.');
  return name;
}

/** `found` is one more than the page holds, where there is one more. */
export function pageOf<Item>(found: readonly Item[], limit: number, nameOf: (item: Item) => string): Page<Item> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, ...(found.length > limit && last !== undefined ? { nextToken: tokenOf(nameOf(last)) } : {}) };
}
