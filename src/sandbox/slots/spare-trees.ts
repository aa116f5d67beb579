// Linked copies of code trees, made ahead: moving one into a slot is a rename (0.1 ms), linking 800 files is 15 ms.
//
// Owns: the folder of spares, and every folder in it.
// Invariants:
//   I1 A tree that was handed out belongs to its slot alone; its files are shared, read-only inodes.
//   I2 At most one spare per key and SPARES_MAX keys are kept, the most recently used.
// Nothing here is worth keeping over a restart: the sweep removes the folder.

import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock, Log, Random } from '#kernel';
import { linkTree } from './link-tree.ts';
import { openUp, umaskHides } from './open-up.ts';

const SPARES_MAX = 64;
const SPARE_DELAY_MS = 25;

export interface SpareTreesOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export class SpareTrees {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  /** Least recently used first. */
  readonly #spares = new Map<string, Promise<string | undefined>>();
  #closed = false;

  constructor({ folder, clock, random, log }: SpareTreesOptions) {
    this.#folder = folder;
    this.#clock = clock;
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
    // Later: this is on the way of a request, whose sandbox needs the processor now.
    this.#clock.after(SPARE_DELAY_MS, () => this.#makeSpare(key, trees));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#spares.values());
    this.#spares.clear();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #makeSpare(key: string, trees: readonly string[]): void {
    if (this.#closed || this.#spares.has(key)) return;
    const spare = this.#build(trees).catch((error: unknown) => {
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
