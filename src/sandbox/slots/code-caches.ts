// V8 code caches of functions' entry modules, as files that a slot links. One came out of a sandbox of a function version, and goes back only
// into sandboxes of the same one: V8 checks who made it, from how long a source and with which flags, and does not verify the code in it.
//
// Owns: the folder of caches; it outlives the platform, since making one takes a run of the function's code.
// Invariants:
//   I1 A file has its name only when it is whole on the disk.
//   I2 The files together stay below CACHES_BYTES_MAX; the one that was used longest ago goes first.

import { linkSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';

import type { Log, Random } from '#kernel';
import { hasCode } from './link-tree.ts';
import { writeDurable } from './write-durable.ts';

const CACHES_BYTES_MAX = 512 * 1024 * 1024;

/** What the pool may do with them. `key` names everything that the cached code depends on: an instance key. */
export interface CodeCacheStore {
  has(key: string): boolean;
  /** Resolves when the next sandbox of this key will have it. */
  keep(key: string, cache: Uint8Array): Promise<void>;
  forget(key: string): void;
}

export interface CodeCachesOptions {
  readonly folder: string;
  /** What else the code depends on: caches of another image are removed at the start. */
  readonly image: string;
  readonly random: Random;
  readonly log: Log;
}

export class CodeCaches implements CodeCacheStore {
  readonly #folder: string;
  readonly #random: Random;
  readonly #log: Log;
  /** File name → bytes, least recently used first. */
  readonly #files = new Map<string, number>();
  #bytes = 0;

  private constructor({ folder, image, random, log }: CodeCachesOptions) {
    this.#folder = join(folder, image);
    this.#random = random;
    this.#log = log;
  }

  static async open(options: CodeCachesOptions): Promise<CodeCaches> {
    const caches = new CodeCaches(options);
    await mkdir(caches.#folder, { recursive: true });
    await chmod(options.folder, 0o700);
    for (const name of await readdir(options.folder))
      if (name !== options.image) await rm(join(options.folder, name), { recursive: true, force: true });
    for (const name of await readdir(caches.#folder)) {
      const path = join(caches.#folder, name);
      if (/^[0-9a-f]{64}$/.test(name)) caches.#add(name, (await stat(path)).size);
      else await rm(path, { force: true });
    }
    return caches;
  }

  has(key: string): boolean {
    return this.#files.has(fileName(key));
  }

  async keep(key: string, cache: Uint8Array): Promise<void> {
    const name = fileName(key);
    const draft = join(this.#folder, `draft-${Buffer.from(this.#random.bytes(8)).toString('hex')}`);
    await writeDurable(draft, cache, 0o444);
    await rename(draft, join(this.#folder, name));
    this.#add(name, cache.byteLength);
    for (const [oldest] of this.#files) {
      if (this.#bytes <= CACHES_BYTES_MAX) return;
      this.#remove(oldest);
    }
  }

  forget(key: string): void {
    const name = fileName(key);
    if (this.#files.has(name)) this.#remove(name);
  }

  /** Links the cache of this key to `target`; false where there is none. At once: it is on a cold start's way. */
  link(key: string, target: string): boolean {
    const name = fileName(key);
    const bytes = this.#files.get(name);
    if (bytes === undefined) return false;
    try {
      linkSync(join(this.#folder, name), target);
    } catch (error) {
      // Somebody cleaned up, or the filesystem makes no (more) links: the function is compiled as any other.
      this.#log.write('warn', 'sandbox.code-cache-not-linked', { error: String(error) });
      if (hasCode(error, 'ENOENT')) this.#forgetFile(name);
      return false;
    }
    this.#files.delete(name);
    this.#files.set(name, bytes);
    return true;
  }

  #add(name: string, bytes: number): void {
    this.#forgetFile(name);
    this.#files.set(name, bytes);
    this.#bytes += bytes;
  }

  #remove(name: string): void {
    this.#forgetFile(name);
    rm(join(this.#folder, name), { force: true }).catch((error: unknown) => {
      this.#log.write('warn', 'sandbox.code-cache-not-removed', { error: String(error) });
    });
  }

  #forgetFile(name: string): void {
    this.#bytes -= this.#files.get(name) ?? 0;
    this.#files.delete(name);
  }
}

/** Instance keys hold names; file names tell nothing. */
function fileName(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
