// What an entry of a strangers' zip may be: pure rules, before anything is written. Whatever a name or a mode could be used
// for against the host is refused with the reason; nothing is bent until it fits.

import { LIMITS } from '#kernel';

/** A refused archive, in words for its sender. The only error that the worker passes on as an answer. */
export class RefusedArchive extends Error {
  readonly tooLarge: boolean;
  constructor(message: string, options: { readonly tooLarge?: boolean; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'RefusedArchive';
    this.tooLarge = options.tooLarge ?? false;
  }
}

/** An entry as the central directory has it. */
export interface RawEntry {
  readonly fileName: string;
  readonly externalFileAttributes: number;
  readonly compressionMethod: number;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
  readonly encrypted: boolean;
}

export interface PlannedEntry {
  readonly kind: 'file' | 'folder';
  /** Relative, with `/`, without `.` parts; empty for the root itself. */
  readonly path: string;
  readonly executable: boolean;
}

const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;
const S_IFLNK = 0o120000;
const NAME_BYTES_MAX = 255;
const STORED = 0;
const DEFLATED = 8;

/** Throws RefusedArchive. */
export function planEntry(entry: RawEntry): PlannedEntry {
  const shown = JSON.stringify(entry.fileName.slice(0, 120));
  if (entry.encrypted) throw new RefusedArchive(`The entry ${shown} is encrypted.`);
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED)
    throw new RefusedArchive(
      `The entry ${shown} uses compression method ${entry.compressionMethod}; only "stored" and "deflated" are read.`,
    );

  // The upper half holds the Unix mode where the archive was made on Unix and zero elsewhere, so it can be judged always.
  const mode = entry.externalFileAttributes >>> 16;
  const type = mode & S_IFMT;
  if (type === S_IFLNK) throw new RefusedArchive(`The entry ${shown} is a symbolic link. Put the file itself into the archive.`);
  if (type !== 0 && type !== S_IFREG && type !== S_IFDIR) throw new RefusedArchive(`The entry ${shown} is no file and no folder.`);

  const kind = entry.fileName.endsWith('/') ? 'folder' : 'file';
  if (type === S_IFDIR && kind === 'file')
    throw new RefusedArchive(`The entry ${shown} says that it is a folder, but is named like a file.`);
  if (type === S_IFREG && kind === 'folder')
    throw new RefusedArchive(`The entry ${shown} says that it is a file, but is named like a folder.`);
  if (kind === 'folder' && entry.uncompressedSize > 0) throw new RefusedArchive(`The folder ${shown} has contents of its own.`);
  const path = relativePath(entry.fileName, shown);
  if (kind === 'file' && path === '') throw new RefusedArchive(`The entry ${shown} has no name.`);
  return { kind, path, executable: kind === 'file' && (mode & 0o111) !== 0 };
}

function relativePath(name: string, shown: string): string {
  if (name.includes('\\'))
    throw new RefusedArchive(`The entry ${shown} has a backslash in its name. Make the archive with forward slashes.`);
  if (name.startsWith('/') || /^[a-zA-Z]:/.test(name)) throw new RefusedArchive(`The entry ${shown} has an absolute name.`);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) throw new RefusedArchive(`The entry ${shown} has a control character in its name.`);
  if (Buffer.byteLength(name) > LIMITS.unzippedPathBytes)
    throw new RefusedArchive(`The entry ${shown} has a name of more than ${LIMITS.unzippedPathBytes} bytes.`);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new RefusedArchive(`The entry ${shown} leaves the folder that the archive is opened in.`);
  if (parts.some((part) => Buffer.byteLength(part) > NAME_BYTES_MAX))
    throw new RefusedArchive(`The entry ${shown} has a part of more than ${NAME_BYTES_MAX} bytes.`);
  return parts.join('/');
}

/**
 * The tree that the entries make up, with the folders that are only implied. Two names that differ in case or in how their
 * accents are composed are one file on some disks, where the second would overwrite the first: refused everywhere alike.
 */
export class PlannedTree {
  readonly #kinds = new Map<string, { readonly kind: 'file' | 'folder'; readonly path: string }>();
  /** Parents before children. */
  readonly folders: string[] = [];

  /** Throws RefusedArchive on a clash. */
  add(entry: PlannedEntry): void {
    const parts = entry.path.split('/');
    for (let depth = 1; depth < parts.length; depth++) this.#claim('folder', parts.slice(0, depth).join('/'));
    if (entry.path !== '') this.#claim(entry.kind, entry.path);
  }

  #claim(kind: 'file' | 'folder', path: string): void {
    const folded = path.normalize('NFC').toLowerCase();
    const found = this.#kinds.get(folded);
    if (found !== undefined) {
      if (found.kind === 'folder' && kind === 'folder' && found.path === path) return;
      const names =
        found.path === path ? `${JSON.stringify(path)} twice` : `both ${JSON.stringify(found.path)} and ${JSON.stringify(path)}`;
      throw new RefusedArchive(`The archive holds ${names}.`);
    }
    if (this.#kinds.size >= LIMITS.unzippedEntries)
      throw new RefusedArchive(`The archive holds more than ${LIMITS.unzippedEntries} files and folders.`, { tooLarge: true });
    this.#kinds.set(folded, { kind, path });
    if (kind === 'folder') this.folders.push(path);
  }
}
