// What a platform may leave behind on the machine when it dies: processes, cgroups, mounts, slots. Other platforms on the same
// machine are none of its business, so everything is told by the work folder of the one that is looked at.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openDataFolder } from '../../src/main/data-folder.ts';

export interface Leftovers {
  readonly processes: readonly string[];
  readonly cgroups: readonly string[];
  readonly mounts: readonly string[];
  readonly slots: readonly string[];
}

export const NOTHING: Leftovers = { processes: [], cgroups: [], mounts: [], slots: [] };

export function leftovers(dataFolder: string): Leftovers {
  const { work } = openDataFolder(dataFolder);
  return {
    processes: processesIn(work),
    cgroups: cgroupsOf(work),
    mounts: mountsOf('self', work),
    // Where every sandbox has a uid of its own, slots lie in lots, which stay.
    slots: foldersIn(join(work, 'slots')).flatMap((lot) => (/^\d{1,4}$/.test(basename(lot)) ? foldersIn(lot) : [lot])),
  };
}

/** A sandbox's mount table names the work folder, whoever owns its processes. */
function processesIn(work: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && mountsOf(name, work).length > 0)
    .map((pid) => `${pid} ${readOrNothing(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')) ?? ''}`);
}

function mountsOf(pid: string, work: string): readonly string[] {
  const table = readOrNothing(() => readFileSync(`/proc/${pid}/mountinfo`, 'utf8')) ?? '';
  return table.split('\n').filter((line) => line.includes(work));
}

/** In every hierarchy, the children of the folder that bears the platform's name. */
function cgroupsOf(work: string): readonly string[] {
  const name = `mayfly-${createHash('sha256').update(work).digest('hex').slice(0, 12)}`;
  return ['/sys/fs/cgroup', ...foldersIn('/sys/fs/cgroup')]
    .flatMap((hierarchy) => foldersIn(hierarchy))
    .filter((folder) => basename(folder) === name)
    .flatMap((ours) => foldersIn(ours));
}

function foldersIn(folder: string): readonly string[] {
  const entries = readOrNothing(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
}

/** Processes and cgroups vanish while one looks. */
function readOrNothing<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
