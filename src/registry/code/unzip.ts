// Opens a strangers' zip: reads its directory and judges every entry, then inflates into a new folder under its final name.
//
// Never: trusts a size, a count or a checksum that the archive states; writes outside the new folder; follows or makes a link.
// I1: the final name appears by one rename, after everything below it was synced. I2: what fails leaves nothing behind.
// It works synchronously where it can, so it belongs on a worker thread.

import { closeSync, constants, fchmodSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { LIMITS } from '#kernel';
import type { PlannedEntry } from './archive-rules.ts';
import { PlannedTree, planEntry, RefusedArchive } from './archive-rules.ts';
import { removeTree } from './remove-tree.ts';

export interface ArchiveSummary {
  readonly files: number;
  /** What the directory says that the files add up to; the extraction holds it to that. */
  readonly unzippedBytes: number;
}

interface PlannedFile extends PlannedEntry {
  readonly entry: Entry;
}

interface ArchivePlan extends ArchiveSummary {
  readonly list: readonly PlannedFile[];
  readonly folders: readonly string[];
}

const SYNCS_AT_ONCE = 8;

/** Reads the directory and judges it; nothing is inflated. Throws RefusedArchive. */
export async function inspectArchive(archive: string): Promise<ArchiveSummary> {
  const zip = await openZip(archive);
  try {
    const { files, unzippedBytes } = await plan(zip);
    return { files, unzippedBytes };
  } finally {
    zip.close();
  }
}

/** Inflates `archive` to the folder `target`, which must not exist yet and whose parent must. Throws RefusedArchive. */
export async function extractArchive(archive: string, target: string, temporary: string): Promise<ArchiveSummary> {
  const zip = await openZip(archive);
  try {
    const planned = await plan(zip);
    mkdirSync(temporary, { mode: 0o700 });
    for (const folder of planned.folders) mkdirSync(join(temporary, folder), { mode: 0o755 });
    const budget = { left: LIMITS.unzippedBytes, inflated: 0, archiveBytes: zip.fileSize };
    for (const file of planned.list) await inflate(zip, file, join(temporary, file.path), budget);
    await seal(temporary, planned);
    renameSync(temporary, target);
    await syncPath(dirname(target));
    return { files: planned.files, unzippedBytes: planned.unzippedBytes };
  } catch (error) {
    await removeTree(temporary);
    throw error;
  } finally {
    zip.close();
  }
}

function openZip(archive: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    // Names are judged here, by our own rules: yauzl's lenient mode would turn backslashes into slashes before we see them.
    const options = { lazyEntries: true, autoClose: false, strictFileNames: true, validateEntrySizes: true };
    yauzl.open(archive, options, (error, zip) => {
      if (error !== null) reject(asRefusal(error));
      else resolve(zip);
    });
  });
}

async function plan(zip: ZipFile): Promise<ArchivePlan> {
  if (zip.entryCount > LIMITS.unzippedEntries)
    throw new RefusedArchive(`The archive holds ${zip.entryCount} entries, more than ${LIMITS.unzippedEntries}.`, {
      tooLarge: true,
    });
  const tree = new PlannedTree();
  const list: PlannedFile[] = [];
  let unzippedBytes = 0;
  let compressedBytes = 0;
  for await (const entry of entriesOf(zip)) {
    const planned = planEntry({
      fileName: entry.fileName,
      externalFileAttributes: entry.externalFileAttributes,
      compressionMethod: entry.compressionMethod,
      compressedSize: entry.compressedSize,
      uncompressedSize: entry.uncompressedSize,
      encrypted: entry.isEncrypted(),
    });
    tree.add(planned);
    unzippedBytes += entry.uncompressedSize;
    compressedBytes += entry.compressedSize;
    if (unzippedBytes > LIMITS.unzippedBytes) throw tooLarge();
    // Entries that share their bytes make the bombs that need no nesting: https://www.bamsoftware.com/hacks/zipbomb/
    if (compressedBytes > zip.fileSize) throw new RefusedArchive('The entries of the archive overlap.');
    if (planned.kind === 'file') list.push({ ...planned, entry });
  }
  return { files: list.length, unzippedBytes, list, folders: tree.folders };
}

/** yauzl emits one entry a request; an error at any of them ends the archive. */
async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  let settle: { resolve: (entry: Entry | undefined) => void; reject: (error: Error) => void } | undefined;
  zip.on('entry', (entry: Entry) => settle?.resolve(entry));
  zip.on('end', () => settle?.resolve(undefined));
  zip.on('error', (error: Error) => settle?.reject(asRefusal(error)));
  for (let read = 0; read < zip.entryCount; read++) {
    const entry = await new Promise<Entry | undefined>((resolve, reject) => {
      settle = { resolve, reject };
      zip.readEntry();
    });
    if (entry === undefined) return;
    yield entry;
  }
}

interface Budget {
  left: number;
  inflated: number;
  readonly archiveBytes: number;
}

async function inflate(zip: ZipFile, file: PlannedFile, path: string, budget: Budget): Promise<void> {
  const { entry } = file;
  // `wx`: two entries of one name were refused, so a file that is there is a bug and must not be overwritten.
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    let checksum = 0;
    for await (const chunk of await contentOf(zip, entry)) {
      budget.left -= chunk.length;
      budget.inflated += chunk.length;
      if (budget.left < 0) throw tooLarge();
      if (budget.inflated > LIMITS.unzipRatioFreeBytes && budget.inflated > budget.archiveBytes * LIMITS.unzipRatio)
        throw new RefusedArchive(`The archive inflates to more than ${LIMITS.unzipRatio} times its size.`, { tooLarge: true });
      checksum = crc32(chunk, checksum);
      for (let written = 0; written < chunk.length;) written += writeSync(descriptor, chunk, written);
    }
    if (checksum !== entry.crc32)
      throw new RefusedArchive(`The entry ${JSON.stringify(file.path)} is damaged: its checksum is wrong.`);
    fchmodSync(descriptor, file.executable ? 0o555 : 0o444);
  } catch (error) {
    throw isSystemError(error) ? error : asRefusal(error);
  } finally {
    closeSync(descriptor);
  }
}

function contentOf(zip: ZipFile, entry: Entry): Promise<AsyncIterable<Buffer>> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error !== null) reject(asRefusal(error));
      else resolve(stream);
    });
  });
}

/** Syncs files, then closes the folders for writing and syncs them, children first. */
async function seal(root: string, planned: ArchivePlan): Promise<void> {
  const queue = planned.list.map((file) => join(root, file.path));
  // measured: 2,000 files of 3 KiB take 0.25 s this way, and one after the other three times that.
  await Promise.all(
    Array.from({ length: SYNCS_AT_ONCE }, async () => {
      for (let path = queue.pop(); path !== undefined; path = queue.pop()) await syncPath(path);
    }),
  );
  for (const folder of [...planned.folders.toReversed().map((path) => join(root, path)), root]) await syncPath(folder, 0o555);
}

async function syncPath(path: string, mode?: number): Promise<void> {
  const handle = await open(path, 'r');
  try {
    if (mode !== undefined) await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const tooLarge = () => new RefusedArchive(`Unzipped size must be smaller than ${LIMITS.unzippedBytes} bytes`, { tooLarge: true });

/** A fault of the disk, not of the archive. zlib's errors have codes too, but begin with Z_. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && 'syscall' in error;
}

function asRefusal(error: unknown): Error {
  if (error instanceof RefusedArchive || isSystemError(error)) return error as Error;
  const reason = error instanceof Error ? error.message : String(error);
  return new RefusedArchive(`The archive cannot be read: ${reason.slice(0, 300)}.`, { cause: error });
}
