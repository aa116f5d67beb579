// A store, blobs and segments of their own for a test, in a temporary folder that goes with them.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Clock, Log } from '#kernel';
import { openLocalBlobs, openLocalSegments, openSqliteStore, type LocalBlobs, type Segments, type Store } from '#store';
import { FakeClock } from './fake-clock.ts';
import { QuietLog } from './quiet-log.ts';

export interface TemporaryStore {
  readonly folder: string;
  readonly store: Store;
  readonly blobs: LocalBlobs;
  readonly segments: Segments;
  readonly clock: Clock;
}

export interface TemporaryStoreOptions {
  readonly clock?: Clock;
  readonly log?: Log;
  readonly maxSegmentBytes?: number;
}

/** Closed and removed when the test ends: `const { store } = await temporaryStore(t)`. */
export async function temporaryStore(
  test: Pick<TestContext, 'after'>,
  options: TemporaryStoreOptions = {},
): Promise<TemporaryStore> {
  const opened = await openTemporaryStore(options);
  test.after(() => opened.close());
  return opened;
}

/** For suites that share one: `close` it in `after`. */
export async function openTemporaryStore(
  options: TemporaryStoreOptions = {},
): Promise<TemporaryStore & { readonly close: () => Promise<void> }> {
  const { clock = new FakeClock(), log = new QuietLog(), maxSegmentBytes = 1024 * 1024 } = options;
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-store-'));
  const store = await openSqliteStore({ folder, log });
  const blobs = await openLocalBlobs({ folder: join(folder, 'blobs') });
  const segments = await openLocalSegments({ folder: join(folder, 'segments'), maxSegmentBytes, clock });
  return {
    folder,
    store,
    blobs,
    segments,
    clock,
    async close() {
      await store.close();
      await segments.close();
      await blobs.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
