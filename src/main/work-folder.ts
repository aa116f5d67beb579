// The work folder: where the things lie that sandboxes see. Opaque and outside the data folder, because the kernel shows the
// sources of bind mounts to whoever is inside (/proc/self/mountinfo). It is a cache: everything in it can be made again.
// Owns: the file `owner` in each work folder, which names the data folder that it belongs to and is never seen by a sandbox; and a socket that is
// listened on for as long as a platform works there.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { Log } from '#kernel';
import { emptyFolder, ownFolderOf } from '#sandbox';

/** `/var/lib/mayfly/<hash>`, or below `/var/tmp` for an ordinary user. */
export function workFolderOf(dataFolder: string): string {
  return join(workFoldersRoot(), createHash('sha256').update(dataFolder).digest('hex').slice(0, 12));
}

function workFoldersRoot(): string {
  const uid = process.getuid?.() ?? 0;
  return uid === 0 && process.platform === 'linux' ? '/var/lib/mayfly' : join('/var/tmp', `mayfly-${uid}`);
}

/** Says whose it is, and removes the work folders of data folders that are gone. With the rights that the platform was started with. */
export async function claimWorkFolder(work: string, dataFolder: string, log: Log): Promise<void> {
  mkdirSync(work, { recursive: true, mode: 0o711 });
  refuseForeignRoot();
  writeFileSync(join(work, OWNER), dataFolder, { mode: 0o600 });
  for (const name of readdirSync(workFoldersRoot())) {
    const other = join(workFoldersRoot(), name);
    const owner = ownerOf(other);
    if (owner === undefined || existsSync(owner)) continue;
    // A platform that sees other mounts may keep its data where we see nothing.
    if (await isListening(aliveSocket(other))) continue;
    try {
      removeOrphan(other);
      log.write('info', 'work-folder.orphan-removed', { path: other, dataFolder: owner });
    } catch (error) {
      // A platform that is just ending still puts things in it, or another one's start removes it too. It is only a cache: the next start tries again.
      log.write('warn', 'work-folder.orphan-left', { path: other, dataFolder: owner, error: String(error) });
    }
  }
}

const OWNER = 'owner';
const aliveSocket = (work: string): string => join(ownFolderOf(work), 'alive.sock');

/** To be called when the data folder is locked: until it is closed, no other platform takes the folder for an orphan. */
export async function holdWorkFolder(work: string): Promise<{ close(): Promise<void> }> {
  mkdirSync(ownFolderOf(work), { recursive: true, mode: 0o711 });
  rmSync(aliveSocket(work), { force: true });
  const server = createServer((socket) => socket.destroy());
  server.listen(aliveSocket(work));
  await once(server, 'listening');
  server.unref();
  return { close: async () => void (await new Promise((resolve) => server.close(resolve))) };
}

function isListening(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once('connect', () => {
    socket.destroy();
    resolve(true);
  });
  // Not there, or nobody behind it.
  socket.once('error', () => resolve(false));
  return promise;
}

/** What a platform without root's rights made in it may be links to anywhere: that goes with those rights. */
function removeOrphan(work: string): void {
  const lots = join(work, 'slots');
  const foreign = [ownFolderOf(work), ...(existsSync(lots) ? readdirSync(lots).map((name) => join(lots, name)) : [])];
  for (const folder of foreign) {
    if (!existsSync(folder) || lstatSync(folder).uid === 0) continue;
    emptyFolder(folder);
    rmdirSync(folder);
  }
  rmSync(work, { recursive: true, force: true });
}

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
