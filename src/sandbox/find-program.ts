// Looks for a program of the system.

import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** Only the system's folders: a program that decides about isolation is not taken from wherever a shell would look. */
const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];

export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of FOLDERS) if (await isExecutable(join(folder, name))) return join(folder, name);
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    // Not there or not for us: the next folder.
    return false;
  }
}
