// The folder whose paths sandboxes can read in their mount table: opaque, the platform's own, and safe from other users of the host.

import { chmod, lstat, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import { LaunchFailed } from './launch-failed.ts';

/** A unix socket's path has 107 characters at most; this leaves room for `/slots/<id>/run/endpoint.sock`. */
const PATH_CHARACTERS_MAX = 60;

/** Makes it if need be; refuses a folder that somebody else owns, could replace or could write to. */
export async function prepareWorkDir(path: string): Promise<void> {
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
