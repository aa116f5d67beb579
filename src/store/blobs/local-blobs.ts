// The Blobs port on a local folder.
//
// Owns: the folder. Only one process may have it; the store's lock on the data folder sees to that.
// Invariants:
//   I1  A blob is listed and read whole or not at all, whatever was killed when.
//   I2  `list` leaves out what this process made: it may not be referenced yet, and is no leftover.

import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Blobs, BlobWriter } from '../blobs.ts';
import { closeFile, openFile, readFile } from '../file-calls.ts';
import { BUFFER_BYTES, LocalBlobWriter } from './blob-writer.ts';
import { Shards } from './shards.ts';

export interface LocalBlobs extends Blobs {
  /** Lets go of the folders. Wait for writers and readers first. */
  close(): Promise<void>;
}

/** Removes what writers left half-done when the last process ended. */
export function openLocalBlobs({ folder }: { readonly folder: string }): Promise<LocalBlobs> {
  const shards = new Shards(folder);
  const temporaryFolder = join(folder, 'parts');
  mkdirSync(temporaryFolder, { recursive: true, mode: 0o700 });
  for (const leftover of readdirSync(temporaryFolder)) rmSync(join(temporaryFolder, leftover), { force: true });
  return Promise.resolve(localBlobs(shards, temporaryFolder));
}

function localBlobs(shards: Shards, temporaryFolder: string): LocalBlobs {
  let writers = 0;
  return {
    create(expected): Promise<BlobWriter> {
      writers += 1;
      return Promise.resolve(
        new LocalBlobWriter({ shards, temporaryPath: join(temporaryFolder, `${writers}.part`), expectedBytes: expected?.bytes }),
      );
    },

    async read(blob, range) {
      const { path, bytes } = placeOf(shards, blob);
      const start = Math.min(range?.start ?? 0, bytes);
      const end = Math.max(start, Math.min(range?.end ?? bytes, bytes));
      const file = await openFile(path, 'r');
      if (end - start > BUFFER_BYTES) {
        return createReadStream(path, { fd: file, start, end: end - 1, highWaterMark: BUFFER_BYTES });
      }
      return readableOf(await readAndClose(file, start, end - start, path));
    },

    async localPath(blob) {
      const { path } = placeOf(shards, blob);
      await stat(path);
      return path;
    },

    async remove(blobs) {
      await Promise.all(blobs.map((blob) => removeOne(shards, blob)));
      await shards.tidy(blobs);
    },

    list: (after, limit) => list(shards, after, limit),

    close() {
      shards.close();
      return Promise.resolve();
    },
  };
}

/** A small content is read at once: two hops to the thread pool instead of four, and no file waits for a slow reader. */
async function readAndClose(file: number, start: number, bytes: number, path: string): Promise<Uint8Array> {
  try {
    const buffer = Buffer.allocUnsafeSlow(bytes);
    let filled = 0;
    while (filled < bytes) {
      const { bytesRead } = await readFile(file, buffer, filled, bytes - filled, start + filled);
      if (bytesRead === 0) throw new Error(`The blob ${path} is shorter than its name says: the disk lost some of it.`);
      filled += bytesRead;
    }
    return buffer;
  } finally {
    await closeFile(file);
  }
}

function readableOf(bytes: Uint8Array): Readable {
  return new Readable({
    read() {
      if (bytes.byteLength > 0) this.push(bytes);
      this.push(null);
    },
  });
}

async function removeOne(shards: Shards, blob: string): Promise<void> {
  const place = shards.find(blob);
  if (place === undefined) return;
  await unlink(place.path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

async function list(shards: Shards, after: string | undefined, limit: number): Promise<readonly string[]> {
  const listed: string[] = [];
  for (const folder of shards.earlier(after)) {
    const names = (await readdir(folder)).filter((name) => after === undefined || name > after).sort();
    for (const name of names) {
      if (listed.length === limit) return listed;
      if (await isWhole(shards, name)) listed.push(name);
    }
  }
  return listed;
}

/** Torn by a kill, it was never committed and nothing can point at it: it goes. */
async function isWhole(shards: Shards, name: string): Promise<boolean> {
  const place = shards.find(name);
  if (place === undefined) return false;
  const { size } = await stat(place.path);
  if (size === place.bytes) return true;
  await removeOne(shards, name);
  return false;
}

function placeOf(shards: Shards, blob: string): { readonly path: string; readonly bytes: number } {
  const place = shards.find(blob);
  if (place !== undefined) return place;
  throw Object.assign(new Error(`There is no blob named ${JSON.stringify(blob)}.`), { code: 'ENOENT' });
}
