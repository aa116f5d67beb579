// What a contract suite needs of an implementation.

import { after, before, describe } from 'node:test';
import type { Store } from '#store';

export interface OpenedStore {
  readonly store: Store;
  readonly close: () => Promise<void>;
}

export type OpenStore = () => Promise<OpenedStore>;

/** Opens one store for the tests of a suite; `store()` is it. */
export function withStore(name: string, open: OpenStore, tests: (store: () => Store) => void): void {
  describe(name, () => {
    let opened: OpenedStore | undefined;
    before(async () => {
      opened = await open();
    });
    after(() => opened?.close());
    tests(() => {
      if (opened === undefined) throw new Error('The store was not opened.');
      return opened.store;
    });
  });
}
