// The object index as plain maps, done the slow and obvious way: what the contract compares implementations with.

import type { BlobSpan, ObjectCondition, ObjectEntry, ObjectPage, ObjectQuery, PutOutcome, UploadPart } from '#store';
import { byBytes } from './scopes.ts';

interface ModelUpload {
  readonly key: string;
  readonly parts: Map<number, UploadPart>;
}

export class ObjectModel {
  readonly objects = new Map<string, ObjectEntry>();
  readonly uploads = new Map<string, ModelUpload>();

  put(entry: ObjectEntry, condition: ObjectCondition): PutOutcome {
    const found = this.objects.get(entry.key);
    if (!isMet(condition, found)) return { kind: 'conditionFailed', found };
    return this.#orphaning(() => this.objects.set(entry.key, entry));
  }

  remove(
    key: string,
    condition: ObjectCondition,
  ): { readonly removed: readonly ObjectEntry[]; readonly orphans: readonly string[] } {
    const found = this.objects.get(key);
    if (found === undefined || !isMet(condition, found)) return { removed: [], orphans: [] };
    return { removed: [found], orphans: this.#orphaning(() => this.objects.delete(key)).orphans };
  }

  putPart(uploadId: string, part: UploadPart): PutOutcome {
    const upload = this.uploads.get(uploadId);
    if (upload === undefined) return { kind: 'noUpload' };
    return this.#orphaning(() => upload.parts.set(part.number, part));
  }

  complete(uploadId: string, entry: ObjectEntry, condition: ObjectCondition): PutOutcome {
    const upload = this.uploads.get(uploadId);
    if (upload === undefined) return { kind: 'noUpload' };
    const found = this.objects.get(entry.key);
    if (!isMet(condition, found)) return { kind: 'conditionFailed', found };
    const parts = new Set([...upload.parts.values()].map(({ blob }) => blob.blob));
    if (!entry.blobs.every(({ blob }) => parts.has(blob))) return { kind: 'noPart' };
    return this.#orphaning(() => {
      this.uploads.delete(uploadId);
      this.objects.set(entry.key, entry);
    });
  }

  abort(uploadId: string): readonly string[] | undefined {
    if (!this.uploads.has(uploadId)) return undefined;
    return this.#orphaning(() => this.uploads.delete(uploadId)).orphans;
  }

  referenced(): ReadonlySet<string> {
    const spans: BlobSpan[] = [...this.objects.values()].flatMap(({ blobs }) => blobs);
    for (const { parts } of this.uploads.values()) spans.push(...[...parts.values()].map(({ blob }) => blob));
    return new Set(spans.map(({ blob }) => blob));
  }

  list(query: Omit<ObjectQuery, 'scope' | 'bucket'>): ObjectPage {
    const names = foldedNames([...this.objects.keys()], query);
    const shown = names.slice(0, query.limit);
    return {
      entries: shown.flatMap(({ name, isPrefix }) =>
        isPrefix ? [] : [this.objects.get(name)].filter((entry) => entry !== undefined),
      ),
      commonPrefixes: shown.filter(({ isPrefix }) => isPrefix).map(({ name }) => name),
      next: query.limit > 0 && names.length > shown.length ? shown.at(-1)?.name : undefined,
    };
  }

  #orphaning(change: () => unknown): { readonly kind: 'put'; readonly orphans: readonly string[] } {
    const before = this.referenced();
    change();
    const after = this.referenced();
    return { kind: 'put', orphans: [...before].filter((blob) => !after.has(blob)) };
  }
}

export interface FoldedName {
  readonly name: string;
  readonly isPrefix: boolean;
}

/** Every key with the prefix, folded at the delimiter, each once, in byte order, greater than `after`. */
export function foldedNames(
  keys: readonly string[],
  { prefix = '', after, delimiter }: Pick<ObjectQuery, 'prefix' | 'after' | 'delimiter'>,
): readonly FoldedName[] {
  const folded = new Map<string, FoldedName>();
  for (const key of keys.filter((one) => one.startsWith(prefix))) {
    const at = delimiter === undefined || delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = at < 0 ? key : key.slice(0, at + (delimiter ?? '').length);
    if (after === undefined || byBytes(name, after) > 0) folded.set(`${at >= 0} ${name}`, { name, isPrefix: at >= 0 });
  }
  return [...folded.values()].sort((left, right) => byBytes(left.name, right.name));
}

function isMet(condition: ObjectCondition, found: ObjectEntry | undefined): boolean {
  if (condition.kind === 'none') return true;
  return condition.kind === 'absent' ? found === undefined : found?.etag === condition.etag;
}
