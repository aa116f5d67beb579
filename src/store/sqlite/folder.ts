// The data folder's own two marks, both plain files beside the database.
//
// `format` holds the newest migration that may have touched the folder. It is raised and synced *before* a migration begins, so
// an older Mayfly refuses the folder without opening the database at all: even opening would replay its write-ahead log.
// `holder` names the process that has the folder open. It locks nothing (SQLite's own lock does, which dies with the process);
// it only lets the refusal name somebody.

import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { StoreFailure } from '../store-failure.ts';

export const DATABASE_FILE = 'mayfly.sqlite';

/** Makes the folder, and the database file with a mode that keeps other users out (SQLite's own files inherit it). */
export function prepareFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, DATABASE_FILE);
  try {
    closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600));
  } catch (error) {
    // An existing file is never opened here: closing any descriptor of it would drop the POSIX locks that this process may hold.
    if (!isCode(error, 'EEXIST')) throw error;
  }
}

export function refuseNewerFormat(folder: string, newestKnown: number): void {
  const found = readFormat(folder);
  if (found !== undefined && found > newestKnown) throw newerFormat(folder, found, newestKnown);
}

export function newerFormat(folder: string, found: number, newestKnown: number): StoreFailure {
  return new StoreFailure({
    kind: 'newer',
    what: `The data folder was written by a newer Mayfly (its format is ${found}, this one knows formats up to ${newestKnown})`,
    where: folder,
    mend: 'It was left as it is: start it with the newer version, or choose another folder with --data.',
  });
}

export function raiseFormat(folder: string, format: number): void {
  if ((readFormat(folder) ?? 0) >= format) return;
  const path = join(folder, 'format');
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, `${JSON.stringify({ format })}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

function readFormat(folder: string): number | undefined {
  const path = join(folder, 'format');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const match = /^\{"format":(\d+)[,}]/.exec(text);
  if (match === null) {
    throw new StoreFailure({
      kind: 'corrupt',
      what: 'The file that tells the version of the data folder cannot be read',
      where: path,
      mend: 'Restore it from a backup of this folder; if the folder is empty otherwise, remove it.',
    });
  }
  return Number(match[1]);
}

export function writeHolder(folder: string): void {
  try {
    writeFileSync(join(folder, 'holder'), `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    // A full disk can still be read from; the file is empty then, and a refusal names nobody.
    if (!isCode(error, 'ENOSPC') && !isCode(error, 'EDQUOT')) throw error;
  }
}

export function removeHolder(folder: string): void {
  rmSync(join(folder, 'holder'), { force: true });
}

export function heldByAnother(folder: string, cause: unknown): StoreFailure {
  return new StoreFailure(
    {
      kind: 'inUse',
      what: `Another Mayfly has this data folder open${holderText(folder)}`,
      where: folder,
      mend: 'Stop that one first, or choose another folder with --data.',
    },
    cause,
  );
}

function holderText(folder: string): string {
  try {
    const pid = Number(readFileSync(join(folder, 'holder'), 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? `: process ${pid}` : '';
  } catch (error) {
    // The other one has the lock but has not written its name yet. The refusal stands without it.
    if (isCode(error, 'ENOENT')) return '';
    throw error;
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
