// The items of a map as they are read, within bounds.

import { LIMITS } from '#kernel';
import type { ItemOrigin, Json } from '#workflows';
import { ReaderFailure } from './reader-failure.ts';

export class ItemList {
  readonly #maxItems: number;
  readonly #items: Json[] = [];
  readonly #sources: { readonly uri: string; items: number }[] = [];
  #uri = '';
  #keys: string[] | undefined;
  #length = 0;

  constructor(maxItems: number | undefined) {
    this.#maxItems = maxItems ?? Number.POSITIVE_INFINITY;
  }

  /** Then nothing more has to be read. */
  get isFull(): boolean {
    return this.#items.length >= this.#maxItems;
  }

  get items(): readonly Json[] {
    return this.#items;
  }

  get origin(): ItemOrigin {
    return { sources: this.#sources, keys: this.#keys };
  }

  /** Where what is added from here on comes from. */
  from(uri: string): void {
    this.#uri = uri;
  }

  /** `length` is that of its JSON. What is more than MaxItems is passed over. */
  add(item: Json, length: number, key?: string): void {
    if (this.isFull) return;
    this.#length += length;
    if (this.#items.length === LIMITS.mapItems)
      throw new ReaderFailure(
        `The dataset has more than ${LIMITS.mapItems} items. Read fewer with MaxItems, or divide it among more map runs.`,
      );
    if (this.#length > LIMITS.mapItemsLength)
      throw new ReaderFailure(
        `The items of the dataset have more than ${LIMITS.mapItemsLength} characters of JSON. Read fewer with MaxItems, or divide it among more map runs.`,
      );
    this.#items.push(item);
    if (key !== undefined) (this.#keys ??= []).push(key);
    const source = this.#sources.at(-1);
    // Objects without items leave nothing behind: there may be any number of them.
    if (source?.uri === this.#uri) source.items += 1;
    else this.#sources.push({ uri: this.#uri, items: 1 });
  }
}
