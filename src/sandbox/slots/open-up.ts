// Makes a tree readable for the uids of sandboxes, where the platform was started, or its packages were installed, with a umask that hides files from others.

import { chmod, copyFile, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

const READABLE_BY_OTHERS = 0o004;
const EXECUTABLE = 0o100;

/** Whether folders that are made now are closed to others. */
export function umaskHides(): boolean {
  return (process.umask() & 0o055) !== 0;
}

/** Folders are opened; a file that is closed is copied first, since it may be a link to one that is nobody else's business. */
export async function openUp(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openUp(path);
    else if (entry.isFile()) await openFile(path);
  }
}

async function openFile(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & READABLE_BY_OTHERS) !== 0) return;
  const copy = `${path}.open`;
  await copyFile(path, copy);
  await chmod(copy, (mode & EXECUTABLE) === 0 ? 0o644 : 0o755);
  await rename(copy, path);
}
