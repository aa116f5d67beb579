// Removes a folder of code: its folders are closed for writing, so an ordinary user has to open them first.

import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What is not there is no error. */
export async function removeTree(path: string): Promise<void> {
  await openFolders(path);
  await rm(path, { recursive: true, force: true });
}

async function openFolders(path: string): Promise<void> {
  try {
    await chmod(path, 0o700);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  for (const entry of await readdir(path, { withFileTypes: true }))
    if (entry.isDirectory()) await openFolders(join(path, entry.name));
}

export const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';
