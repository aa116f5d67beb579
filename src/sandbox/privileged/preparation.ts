// What root does once at a start, when the platform holds the lock of its data: ends what an earlier platform left, and makes the groups.

import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';

import type { Clock } from '#kernel';
import { findCgroups, foldersAt, makeTree } from '../cgroups/find.ts';
import type { CgroupFinding } from '../cgroups/find.ts';
import { pause } from '../cgroups/control-file.ts';
import { sweepGroups } from '../cgroups/sweep.ts';
import { LaunchFailed } from '../launch-failed.ts';
import { sweepProcesses } from '../process/process-launcher.ts';
import type { SweepReport } from '../sandbox.ts';
import { hasCode } from '../slots/link-tree.ts';
import { emptyFolder } from './as-user.ts';

export interface PreparationOptions {
  readonly clock: Clock;
  readonly workDir: string;
  /** Of the platform's own subtree. */
  readonly groupsName: string;
  /** Whom the groups are handed to; undefined: this user's already. */
  readonly owner: number | undefined;
}

export interface Prepared {
  readonly swept: SweepReport;
  readonly groups: CgroupFinding;
}

/** Processes first, then the folders that they used, then the groups of this start. */
export async function prepareGround({ clock, workDir, groupsName, owner }: PreparationOptions): Promise<Prepared> {
  const processesKilled = await sweepProcesses(workDir, clock);
  const groups = await findCgroups({ name: groupsName });
  const record = join(workDir, 'cgroups.json');
  const folders = groups.kind === 'found' ? foldersAt(groups.place) : [];
  // The groups of the last start are remembered: this start may be in others.
  const swept = await sweepGroups([...new Set([...(await recordedFolders(record)), ...folders])], clock);
  await writeFile(record, JSON.stringify(folders), { mode: 0o600 });
  const slotsRemoved = sweepSlots(workDir);
  // Where earlier versions kept what is now the platform's own.
  for (const name of ['code', 'spare']) rmSync(join(workDir, name), { recursive: true, force: true });
  if (groups.kind === 'found') await makeTree(groups.place, owner === undefined ? undefined : { uid: owner, gid: owner });
  return {
    swept: { processesKilled: processesKilled + swept.processesKilled, cgroupsRemoved: swept.cgroupsRemoved, slotsRemoved },
    groups,
  };
}

async function recordedFolders(record: string): Promise<readonly string[]> {
  try {
    const folders: unknown = JSON.parse(await readFile(record, 'utf8'));
    if (!Array.isArray(folders)) return [];
    return folders.filter((folder) => typeof folder === 'string' && /\/mayfly-[0-9a-f]{12}$/.test(folder));
  } catch (error) {
    // The first start has none; one that was cut off by a power cut names groups that did not survive it either.
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return [];
    throw error;
  }
}

/** How many slots were left, of all lots. */
function sweepSlots(workDir: string): number {
  const slots = join(workDir, 'slots');
  let removed = 0;
  for (const lot of namesIn(slots)) {
    const path = join(slots, lot);
    // A slot of an ordinary user's platform lies here itself; a lot holds any number.
    removed += /^\d{1,9}$/.test(lot) ? namesIn(path).length : 1;
    if (lstatSync(path).isDirectory()) emptyFolder(path);
    rmSync(path, { recursive: true, force: true });
  }
  return removed;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return [];
    throw error;
  }
}

const PREDECESSOR_TIMEOUT_MS = 10_000;
const LOOK_MS = 20;

/** The launcher process of a platform that was just killed may still be clearing up; it would clear what we make. */
export async function waitForPredecessor(socketPath: string, clock: Clock): Promise<void> {
  for (let waitedMs = 0; await isListening(socketPath); waitedMs += LOOK_MS) {
    if (waitedMs >= PREDECESSOR_TIMEOUT_MS)
      throw new LaunchFailed(`Another platform's launcher process works in this folder: it listens at ${socketPath}`);
    await pause(clock, LOOK_MS);
  }
  rmSync(socketPath, { force: true });
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // ENOENT, ECONNREFUSED: nobody is there.
    socket.once('error', () => resolve(false));
  });
}
