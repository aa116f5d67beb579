// The folders that code is opened in, one a content hash: complete under their final name, or not there at all.
//
// Owns: everything in its folder. Never: changes a tree. I1: one extraction or removal of a hash at a time.

import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContentHash, Random } from '#kernel';
import { isMissing, removeTree } from './remove-tree.ts';
import type { Unzipper } from './unzipper.ts';

export interface CodeTrees {
  /** The path of the tree, which is made from `archive` if it is missing. Rejects with RefusedArchive. */
  tree(hash: ContentHash, archive: () => Promise<string>): Promise<string>;
  remove(hash: ContentHash): Promise<void>;
  /** Removes what was being made when an earlier process died, and the trees of code that is gone. Before anything else is called. */
  sweep(isWanted: (hash: ContentHash) => boolean): Promise<number>;
}

const HASH = /^[0-9a-f]{64}$/;

export interface CodeTreesDependencies {
  readonly folder: string;
  readonly unzipper: Unzipper;
  readonly random: Random;
}

export function createCodeTrees({ folder, unzipper, random }: CodeTreesDependencies): CodeTrees {
  const turns = new Map<ContentHash, Promise<unknown>>();
  const complete = new Set<ContentHash>();

  /** I1 */
  function inTurn<Result>(hash: ContentHash, work: () => Promise<Result>): Promise<Result> {
    const before = turns.get(hash) ?? Promise.resolve();
    const mine = before.then(work, work);
    turns.set(hash, mine);
    const forget = () => {
      if (turns.get(hash) === mine) turns.delete(hash);
    };
    mine.then(forget, forget);
    return mine;
  }

  async function make(hash: ContentHash, archive: () => Promise<string>): Promise<string> {
    const target = join(folder, hash);
    if (complete.has(hash)) return target;
    if (!(await isThere(target))) {
      await mkdir(folder, { recursive: true, mode: 0o755 });
      const temporary = `${target}.${random.uuid()}`;
      await unzipper.run({ kind: 'extract', archive: await archive(), target, temporary });
    }
    complete.add(hash);
    return target;
  }

  return {
    tree: (hash, archive) => (complete.has(hash) ? Promise.resolve(join(folder, hash)) : inTurn(hash, () => make(hash, archive))),
    remove(hash) {
      complete.delete(hash);
      return inTurn(hash, async () => {
        complete.delete(hash);
        const target = join(folder, hash);
        if (!(await isThere(target))) return;
        // Under another name first: a process that dies on the way must not leave half a tree under a name that is trusted.
        const aside = `${target}.${random.uuid()}`;
        await rename(target, aside);
        await removeTree(aside);
      });
    },
    async sweep(isWanted) {
      const strays = (await namesIn(folder)).filter((name) => !HASH.test(name) || !isWanted(name as ContentHash));
      for (const stray of strays) await removeTree(join(folder, stray));
      return strays.length;
    },
  };
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
