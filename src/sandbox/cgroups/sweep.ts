// Clearing groups that a killed platform left. Most of its sandboxes died with it, but a frozen version 1 group outlives everything.

import { readdir } from 'node:fs/promises';

import type { Clock } from '#kernel';
import { hasCode } from '../slots/link-tree.ts';
import { killProcess, pause, processesIn, removeGroup, writeIfPresent } from './control-file.ts';

const EMPTY_ATTEMPTS = 2000;

export interface CgroupSweep {
  readonly processesKilled: number;
  readonly cgroupsRemoved: number;
}

/** Kills what is in the subtrees and removes them; `trees` in the order of `CgroupTree.folders`. */
export async function sweepGroups(trees: readonly string[], clock: Clock): Promise<CgroupSweep> {
  const killed = new Set<number>();
  let cgroupsRemoved = 0;
  for (const tree of trees) {
    for (const name of await childrenOf(tree)) for (const pid of await emptyGroup(`${tree}/${name}`, clock)) killed.add(pid);
  }
  for (const tree of trees) {
    for (const name of await childrenOf(tree)) if (await removeGroup(`${tree}/${name}`, clock)) cgroupsRemoved++;
    await removeGroup(tree, clock);
  }
  return { processesKilled: killed.size, cgroupsRemoved };
}

/** SIGKILL first, then thaw: a frozen version 1 group keeps the signal pending, and must not run in between. */
export async function emptyGroup(folder: string, clock: Clock): Promise<readonly number[]> {
  const killed = new Set<number>();
  for (let attempt = 0; ; attempt++) {
    const pids = await processesIn(folder);
    if (pids.length === 0) return [...killed];
    if (attempt === EMPTY_ATTEMPTS) throw new Error(`Processes in ${folder} survive SIGKILL; they hang in the kernel`);
    for (const pid of pids) {
      killProcess(pid);
      killed.add(pid);
    }
    writeIfPresent(`${folder}/freezer.state`, 'THAWED');
    await pause(clock, Math.min(attempt, 10));
  }
}

async function childrenOf(tree: string): Promise<readonly string[]> {
  try {
    return (await readdir(tree, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
