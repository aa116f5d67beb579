// The Blobs port: immutable contents under unique names that the platform chooses. A local folder now, any S3 later.

import type { Readable } from 'node:stream';

export interface Blobs {
  /**
   * Begins a new blob. Nothing is visible before `commit` resolves. `bytes` is how many are expected, where that is known:
   * it only saves time, and another number may come.
   */
  create(expected?: { readonly bytes: number }): Promise<BlobWriter>;
  /** `end` is exclusive. Rejects with an error whose `code` is `ENOENT` when there is no such blob. */
  read(blob: string, range?: { readonly start: number; readonly end: number }): Promise<Readable>;
  /** A path on this machine that holds the blob, fetched first where blobs live elsewhere. Read-only. */
  localPath(blob: string): Promise<string>;
  /** Removing what is not there is no error. */
  remove(blobs: readonly string[]): Promise<void>;
  /** All names but those that this process made, in pages, for the start-up sweep; `after` is the last name of the page before. */
  list(after: string | undefined, limit: number): Promise<readonly string[]>;
}

export interface BlobWriter {
  /** Resolves when the next chunk may be written: back-pressure. The chunk is the writer's from then on: do not write into it. */
  write(chunk: Uint8Array): Promise<void>;
  /** Synced, under its name. */
  commit(): Promise<{ readonly blob: string; readonly bytes: number }>;
  /** Leaves nothing behind. Safe after an error and after commit. */
  discard(): Promise<void>;
}
