// Walks keys in byte order and folds those that share a prefix up to the delimiter into one common prefix, passing over the
// rest of them with one seek: a listing costs what it returns, however many objects lie under a common prefix.

import { afterAllWith, pageStart } from './keys.ts';

export type KeyStep<Row> =
  | { readonly kind: 'row'; readonly name: string; readonly row: Row }
  | { readonly kind: 'commonPrefix'; readonly name: string };

export interface KeyWalk<Row extends { readonly key: string }> {
  readonly prefix?: string;
  readonly after?: string;
  readonly delimiter?: string;
  /** Rows with the prefix, in the byte order of their keys, from `start` on (inclusive). */
  rowsFrom(start: Uint8Array): Iterable<Row>;
}

/** Endless consumers are the caller's risk: stop it after a page. */
export function* walkKeys<Row extends { readonly key: string }>(walk: KeyWalk<Row>): Generator<KeyStep<Row>, void, undefined> {
  const { prefix = '' } = walk;
  let start: Uint8Array | undefined = startOf(walk);
  while (start !== undefined) {
    let next: Uint8Array | undefined;
    for (const row of walk.rowsFrom(start)) {
      const common = commonPrefixOf(row.key, prefix, walk.delimiter);
      if (common === undefined) {
        yield { kind: 'row', name: row.key, row };
        continue;
      }
      next = afterAllWith(common);
      yield { kind: 'commonPrefix', name: common };
      break;
    }
    start = next;
  }
}

/** A page that goes on inside a common prefix leaves it out, since it is not greater than `after`. */
function startOf({ prefix = '', after, delimiter }: Pick<KeyWalk<never>, 'prefix' | 'after' | 'delimiter'>): Uint8Array {
  const common = after === undefined ? undefined : commonPrefixOf(after, prefix, delimiter);
  return common === undefined ? pageStart(prefix, after) : afterAllWith(common);
}

function commonPrefixOf(key: string, prefix: string, delimiter: string | undefined): string | undefined {
  if (delimiter === undefined || delimiter === '' || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}
