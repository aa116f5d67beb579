// Where local blobs lie and what they are called: `<shard>-<index>-<bytes>`, in the folder `<shard>/`.
//
// Owns: the shard folders and the counter of names.
// Never: gives a name twice. A new shard is numbered above every folder that exists, and the highest folder is never removed.
// Invariants:
//   I1  Only the current shard gets new names, so concurrent blobs share one folder and the sync of it.
//   I2  A place's `sync` covers the blob's name in its folder, and the folder's name in the root.
//   I3  The number of bytes is part of the name: a file of another length was torn by a kill and is no blob.

import { closeSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GroupSync, syncAll } from '../group-sync.ts';

/** Enough that folders are rare, few enough that listing one is cheap. */
const SHARD_BLOBS = 4096;
const SHARD_NAME = /^[0-9a-f]{8}$/;
const BLOB_NAME = /^([0-9a-f]{8})-[0-9a-f]{3}-(\d{1,15})$/;

export interface BlobPlace {
  readonly blob: string;
  readonly path: string;
  /** Makes the file's name durable; shared by all who wait for the same folder. */
  readonly sync: () => Promise<void>;
  /** Nothing more will be done in the folder for this blob. */
  readonly release: () => void;
}

interface Shard {
  readonly name: string;
  readonly folder: number;
  readonly sync: GroupSync;
  readonly made: Promise<void>;
  names: number;
  users: number;
}

export class Shards {
  readonly #root: string;
  readonly #rootFolder: number;
  readonly #rootSync: GroupSync;
  readonly #first: number;
  readonly #open = new Map<string, Shard>();
  #last: number;
  #current: Shard | undefined;

  constructor(root: string) {
    mkdirSync(root, { recursive: true, mode: 0o700 });
    this.#root = root;
    this.#rootFolder = openSync(root, 'r');
    this.#rootSync = new GroupSync(() => syncAll(this.#rootFolder));
    this.#last = shardNames(root).reduce((last, name) => Math.max(last, Number.parseInt(name, 16)), 0);
    this.#first = this.#last + 1;
  }

  take(bytes: number): BlobPlace {
    const shard = this.#shardWithRoom();
    const blob = `${shard.name}-${shard.names.toString(16).padStart(3, '0')}-${bytes}`;
    shard.names += 1;
    shard.users += 1;
    return {
      blob,
      path: join(this.#root, shard.name, blob),
      async sync() {
        await Promise.all([shard.sync.sync(), shard.made]);
      },
      release: () => {
        shard.users -= 1;
        this.#closeIfDone(shard);
      },
    };
  }

  /** Undefined for what is no name of ours. */
  find(blob: string): { readonly path: string; readonly bytes: number } | undefined {
    const match = BLOB_NAME.exec(blob);
    if (match?.[1] === undefined) return undefined;
    return { path: join(this.#root, match[1], blob), bytes: Number(match[2]) };
  }

  /** The folders of earlier runs that may hold names greater than `after`, in order. */
  earlier(after = ''): readonly string[] {
    return shardNames(this.#root)
      .filter((name) => Number.parseInt(name, 16) < this.#first && name >= after.slice(0, name.length))
      .sort()
      .map((name) => join(this.#root, name));
  }

  /** Removes the folders of removed blobs where those were the last in them. */
  async tidy(blobs: readonly string[]): Promise<void> {
    const names = new Set(blobs.map((blob) => BLOB_NAME.exec(blob)?.[1]).filter((name) => name !== undefined));
    for (const name of names) {
      if (this.#open.has(name) || Number.parseInt(name, 16) >= this.#last) continue;
      await rmdir(join(this.#root, name)).catch((error: NodeJS.ErrnoException) => {
        const isExpected = error.code === 'ENOTEMPTY' || error.code === 'EEXIST' || error.code === 'ENOENT';
        if (!isExpected) throw error;
      });
    }
  }

  close(): void {
    for (const shard of this.#open.values()) closeSync(shard.folder);
    this.#open.clear();
    closeSync(this.#rootFolder);
  }

  #shardWithRoom(): Shard {
    if (this.#current !== undefined && this.#current.names < SHARD_BLOBS) return this.#current;
    const full = this.#current;
    const name = (this.#last + 1).toString(16).padStart(8, '0');
    mkdirSync(join(this.#root, name), { mode: 0o700 });
    this.#last += 1;
    const folder = openSync(join(this.#root, name), 'r');
    const made = this.#rootSync.sync();
    // Whoever waits for a place in this shard hears of it; when nobody does, there is nobody to tell.
    made.catch(() => undefined);
    const shard: Shard = { name, folder, sync: new GroupSync(() => syncAll(folder)), made, names: 0, users: 0 };
    this.#open.set(name, shard);
    this.#current = shard;
    if (full !== undefined) this.#closeIfDone(full);
    return shard;
  }

  #closeIfDone(shard: Shard): void {
    if (shard === this.#current || shard.users > 0 || !this.#open.delete(shard.name)) return;
    closeSync(shard.folder);
  }
}

function shardNames(root: string): readonly string[] {
  return readdirSync(root).filter((name) => SHARD_NAME.test(name));
}
