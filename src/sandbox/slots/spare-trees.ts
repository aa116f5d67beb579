// Linked copies of code trees, made ahead: moving one into a slot is a rename (0.1 ms), linking 800 files is 15 ms.
//
// Owns: the folder of spares, and every folder in it.
// Invariants:
//   I1 A tree that was handed out belongs to its slot alone; its files are shared, read-only inodes.
//   I2 At most one spare per key and SPARES_MAX keys are kept, the most recently used.
// Nothing here is worth keeping over a restart: the sweep removes the folder.

import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Log, Random } from '#kernel';
import { linkTree } from './link-tree.ts';
import { openUp, umaskHides } from './open-up.ts';

const SPARES_MAX = 64;

export class SpareTrees {
  readonly #folder: string;
  readonly #random: Random;
  readonly #log: Log;
  /** Least recently used first. */
  readonly #spares = new Map<string, Promise<string | undefined>>();
  #closed = false;

  constructor({ folder, random, log }: { readonly folder: string; readonly random: Random; readonly log: Log }) {
    this.#folder = folder;
    this.#random = random;
    this.#log = log;
  }

  /** Moves a linked copy of the trees, the later ones over the earlier, to `target`, which is an empty folder, and makes the next spare. */
  async moveTo(trees: readonly string[], target: string): Promise<void> {
    const key = trees.join('\0');
    const spare = this.#spares.get(key);
    this.#spares.delete(key);
    const path = (await spare) ?? (await this.#build(trees));
    await rename(path, target);
    this.#makeSpare(key, trees);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#spares.values());
    this.#spares.clear();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** After the present turn: whoever takes a tree is on the way of a request. */
  #makeSpare(key: string, trees: readonly string[]): void {
    if (this.#closed || this.#spares.has(key)) return;
    const made = new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#build(trees));
    const spare = made.catch((error: unknown) => {
      // The tree may have been deleted with its function; the next specialisation, if there is one, meets the error itself.
      this.#log.write('warn', 'sandbox.spare-tree-failed', { error: String(error) });
      this.#spares.delete(key);
      return undefined;
    });
    this.#spares.set(key, spare);
    if (this.#spares.size > SPARES_MAX) this.#dropOldest();
  }

  #dropOldest(): void {
    const [oldest] = this.#spares;
    if (oldest === undefined) return;
    const [key, spare] = oldest;
    this.#spares.delete(key);
    void spare.then((path) => (path === undefined ? undefined : rm(path, { recursive: true, force: true })));
  }

  async #build(trees: readonly string[]): Promise<string> {
    const path = join(this.#folder, Buffer.from(this.#random.bytes(12)).toString('hex'));
    await mkdir(path, { recursive: true });
    for (const tree of trees) await linkTree({ from: tree, to: path });
    if (umaskHides()) await openUp(path);
    return path;
  }
}
