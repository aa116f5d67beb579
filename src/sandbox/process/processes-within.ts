// Finds the processes of functions at level `process` by the folder that their environment names, also those whose parents are gone.

import { readdirSync, readFileSync } from 'node:fs';
import { platform } from 'node:os';

import { hasCode } from '../slots/link-tree.ts';

/** `folder` is a slot, or the folder of all slots. Only Linux shows environments; elsewhere nothing is found. */
export function processesWithin(folder: string): readonly number[] {
  if (platform() !== 'linux') return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.filter((pid) => environmentOf(pid).includes(`${folder}/`)).map(Number);
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch (error) {
    // It ended, or belongs to another user: not one of ours.
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH') || hasCode(error, 'EACCES')) return '';
    throw error;
  }
}
