// The folder whose paths sandboxes can read in their mount table: opaque, the platform's own, and safe from other users of the host.

import { chmod, chown, lstat, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { LaunchFailed } from './launch-failed.ts';
import { emptyFolder } from './privileged/as-user.ts';

/** A unix socket's path has 107 characters at most; this leaves room for `/slots/<id>/run/endpoint.sock`. */
const PATH_CHARACTERS_MAX = 60;

/** What the platform makes in its work folder lies below this; the rest is the launcher process's, where there is one. */
export const ownFolderOf = (workDir: string): string => join(workDir, 'own');

/**
 * Makes it if need be; refuses a folder that somebody else owns, could replace or could write to. `owner` is the uid that the platform has, or will have.
 */
export async function prepareWorkDir(path: string, owner = process.geteuid?.() ?? 0): Promise<void> {
  if (path.length > PATH_CHARACTERS_MAX)
    throw new LaunchFailed(
      `The work folder ${path} has more than ${PATH_CHARACTERS_MAX} characters; unix sockets below it would not fit`,
    );
  // Passable but not readable: the sandbox's own uid walks through it to its slot and cannot list the others.
  await mkdir(path, { recursive: true, mode: 0o711 });
  const { uid, mode } = await lstat(path);
  const own = process.geteuid?.();
  if (own !== undefined && uid !== own)
    throw new LaunchFailed(`The work folder ${path} belongs to uid ${uid}, not to ${own}; remove it or choose another`);
  const isFolder = (mode & 0o170000) === 0o040000;
  if (!isFolder) throw new LaunchFailed(`The work folder ${path} is no folder; remove it or choose another`);
  await chmod(path, 0o711);
  if (own === 0) await requirePassable(path);
  await prepareOwnFolder(ownFolderOf(path), owner);
}

async function prepareOwnFolder(path: string, owner: number): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o711 });
  await chmod(path, 0o711);
  const { uid } = await lstat(path);
  if (uid === owner) return;
  // It was another user's, who may have put links into it: what is in it goes with that user's rights. It is only a cache.
  emptyFolder(path);
  await chmod(path, 0o711);
  await chown(path, owner, owner);
}

/** The sandbox's own uid has to walk down to its slot. */
async function requirePassable(path: string): Promise<void> {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const { mode } = await lstat(folder);
    if ((mode & 0o001) === 0)
      throw new LaunchFailed(
        `The folder ${folder} above the work folder is closed to other users; chmod o+x it or choose another work folder`,
      );
  }
}
