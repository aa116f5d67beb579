// The work folder: where the things lie that sandboxes see. Opaque and outside the data folder, because the kernel shows the
// sources of bind mounts to whoever is inside (/proc/self/mountinfo). It is a cache: everything in it can be made again.
// Owns: the file `owner` in each work folder, which names the data folder that it belongs to and is never seen by a sandbox.

import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '#kernel';

/** `/var/lib/mayfly/<hash>`, or below `/var/tmp` for an ordinary user. */
export function workFolderOf(dataFolder: string): string {
  return join(workFoldersRoot(), createHash('sha256').update(dataFolder).digest('hex').slice(0, 12));
}

function workFoldersRoot(): string {
  const uid = process.getuid?.() ?? 0;
  return uid === 0 && process.platform === 'linux' ? '/var/lib/mayfly' : join('/var/tmp', `mayfly-${uid}`);
}

/** Says whose it is, and removes the work folders of data folders that are gone. Call it when the data folder is locked. */
export function claimWorkFolder(work: string, dataFolder: string, log: Log): void {
  mkdirSync(work, { recursive: true, mode: 0o711 });
  refuseForeignRoot();
  writeFileSync(join(work, OWNER), dataFolder, { mode: 0o600 });
  for (const name of readdirSync(workFoldersRoot())) {
    const other = join(workFoldersRoot(), name);
    const owner = ownerOf(other);
    if (owner === undefined || existsSync(owner)) continue;
    log.write('info', 'work-folder.orphan-removed', { path: other, dataFolder: owner });
    rmSync(other, { recursive: true, force: true });
  }
}

const OWNER = 'owner';

/** Below /var/tmp anybody can be first: whoever owns the folder above could put another in the place of ours. */
function refuseForeignRoot(): void {
  const root = workFoldersRoot();
  const { uid, mode } = lstatSync(root);
  const own = process.getuid?.() ?? uid;
  if (uid !== own || (mode & 0o022) !== 0)
    throw new Error(
      `${root} belongs to uid ${uid} or can be written to by others. Remove it: it is only a cache, and is made again.`,
    );
}

/** Undefined for what is no work folder, or is only being made. */
function ownerOf(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, OWNER), 'utf8') || undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
