// What became of a batch, and which of its records are done with because of it. Pure.

import type { SourceRecord } from './source.ts';

export type BatchOutcome =
  /** It ran, and these records failed: by id. `problem`: why, where it was not the function that said so. */
  | { readonly kind: 'ran'; readonly failed: ReadonlySet<string>; readonly isCrowded: boolean; readonly problem?: string }
  /** It ran, or may have run, and none of its records is done with. */
  | { readonly kind: 'failed'; readonly problem: string }
  /** It had no chance to run. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** The platform goes down. */
  | { readonly kind: 'interrupted' };

/**
 * What does not have to come again. Behind a record that failed, nothing of its group is done with, whatever the function says of it:
 * otherwise it would have overtaken.
 */
export function doneWith<Record extends SourceRecord>(records: readonly Record[], failed: ReadonlySet<string>): readonly Record[] {
  if (failed.size === 0) return records;
  const heldUp = new Set<string>();
  return records.filter(({ id, group }) => {
    const isDone = !failed.has(id) && !(group !== undefined && heldUp.has(group));
    if (!isDone && group !== undefined) heldUp.add(group);
    return isDone;
  });
}
