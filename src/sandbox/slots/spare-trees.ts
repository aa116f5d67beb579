// Linked copies of code trees, made ahead: moving one into a slot is a rename (0.02 ms), linking 800 files is 15 ms.
//
// What is on a request's way is done at once, on the event loop: measured, three steps through Node's threads took 0.6 ms for 0.06 ms of work.
//
// Owns: the folder of spares, and every folder in it.
// Invariants:
//   I1 A tree that was handed out belongs to its slot alone; its files are shared, read-only inodes.
//   I2 At most one spare per key and SPARES_MAX keys are kept, the most recently used.
// Nothing here is worth keeping over a restart: the sweep removes the folder.

import { mkdirSync, renameSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock, Log, Random } from '#kernel';
import type { Specialisation } from '../sandbox.ts';
import { linkSmallTree, linkTree } from './link-tree.ts';
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
  readonly #spares = new Map<string, Spare>();
  #closed = false;

  constructor({ folder, clock, random, log }: SpareTreesOptions) {
    this.#folder = folder;
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
  }

  /** Moves a linked copy of the trees, the later ones over the earlier, to `target`, where is nothing yet or an empty folder, and makes the next spare. */
  moveTo(trees: readonly string[], target: string): void | Promise<void> {
    const key = keyOf(trees);
    const spare = this.#spares.get(key);
    this.#spares.delete(key);
    const path = spare?.path ?? (spare === undefined ? this.#buildNow(trees) : undefined);
    if (path === undefined) return this.#moveLater(trees, spare, target);
    renameSync(path, target);
    this.#makeSpareLater(trees);
    return undefined;
  }

  /** Makes spares, where there are none, of what will soon be asked for. Resolves when they are made, or could not be. */
  async expect({ codeTree, layerTrees }: Pick<Specialisation, 'codeTree' | 'layerTrees'>): Promise<void> {
    const wanted = layerTrees.length === 0 ? [[codeTree]] : [[codeTree], layerTrees];
    for (const trees of wanted) this.#makeSpare(trees);
    const spares = wanted.map((trees) => this.#spares.get(keyOf(trees))).filter((spare) => spare !== undefined);
    await Promise.all(spares.map(({ made }) => made));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#spares.values()].map(({ made }) => made));
    this.#spares.clear();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #moveLater(trees: readonly string[], spare: Spare | undefined, target: string): Promise<void> {
    const path = (await spare?.made) ?? (await this.#build(trees));
    renameSync(path, target);
    this.#makeSpareLater(trees);
  }

  /** Later: this is on the way of a request, whose sandbox needs the processor now. */
  #makeSpareLater(trees: readonly string[]): void {
    this.#clock.after(SPARE_DELAY_MS, () => this.#makeSpare(trees));
  }

  #makeSpare(trees: readonly string[]): void {
    const key = keyOf(trees);
    if (this.#closed || this.#spares.has(key)) return;
    const made = this.#build(trees).then(
      (path) => {
        spare.path = path;
        return path;
      },
      (error: unknown) => {
        // The tree may have been deleted with its function; the next specialisation, if there is one, meets the error itself.
        this.#log.write('warn', 'sandbox.spare-tree-failed', { error: String(error) });
        if (this.#spares.get(key) === spare) this.#spares.delete(key);
        return undefined;
      },
    );
    const spare: Spare = { made, path: undefined };
    this.#spares.set(key, spare);
    if (this.#spares.size > SPARES_MAX) this.#dropOldest();
  }

  #dropOldest(): void {
    const [oldest] = this.#spares;
    if (oldest === undefined) return;
    const [key, spare] = oldest;
    this.#spares.delete(key);
    void spare.made.then((path) => (path === undefined ? undefined : rm(path, { recursive: true, force: true })));
  }

  async #build(trees: readonly string[]): Promise<string> {
    const path = this.#newPath();
    await mkdir(path, { recursive: true });
    for (const tree of trees) await linkTree({ from: tree, to: path });
    if (umaskHides()) await openUp(path);
    return path;
  }

  /** A small function's tree, without leaving the event loop; undefined where it takes more. */
  #buildNow(trees: readonly string[]): string | undefined {
    const [tree] = trees;
    if (tree === undefined || trees.length > 1 || umaskHides()) return undefined;
    const path = this.#newPath();
    mkdirSync(path, { recursive: true });
    if (linkSmallTree(tree, path)) return path;
    void rm(path, { recursive: true, force: true });
    return undefined;
  }

  #newPath(): string {
    return join(this.#folder, Buffer.from(this.#random.bytes(12)).toString('hex'));
  }
}

/** `path` is there when it is complete. */
interface Spare {
  readonly made: Promise<string | undefined>;
  path: string | undefined;
}

function keyOf(trees: readonly string[]): string {
  return trees.join('\0');
}
