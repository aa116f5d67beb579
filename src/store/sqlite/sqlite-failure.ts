// What SQLite's result codes mean to the store. https://www.sqlite.org/rescode.html

import { StoreFailure } from '../store-failure.ts';

const BUSY = 5;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;
// Extended codes of IOERR after which nobody knows what the disk holds: a second fsync may succeed although the first one's
// pages are gone (the PostgreSQL project's "fsyncgate"), so the process must start again and read what is really there.
const FINAL_IOERRS: ReadonlySet<number> = new Set([1034 /* FSYNC */, 1290 /* DIR_FSYNC */, 8202 /* DATA */, 8458 /* CORRUPTFS */]);

/** The failure that an error of SQLite stands for, or undefined when it is a bug of ours (a constraint, a wrong statement). */
export function failureOfSqliteError(error: unknown, what: string, where: string): StoreFailure | undefined {
  const code = sqliteCode(error);
  if (code === undefined) return undefined;
  switch (code & 0xff) {
    case FULL:
      return new StoreFailure({ kind: 'full', what, where, mend: 'The disk is full: free some space and try again.' }, error);
    case READONLY:
    case CANTOPEN:
      return new StoreFailure(
        {
          kind: 'readOnly',
          what,
          where,
          mend: 'The database cannot be written: check the owner and mode of the folder, and the mount.',
        },
        error,
      );
    case IOERR:
      return FINAL_IOERRS.has(code)
        ? new StoreFailure(
            { kind: 'io', what, where, mend: 'The disk reports an error: check it, then start Mayfly again.' },
            error,
          )
        : new StoreFailure(
            {
              kind: 'full',
              what,
              where,
              mend: `The disk could not be written (SQLite code ${code}): check its space and health, then try again.`,
            },
            error,
          );
    case CORRUPT:
    case NOTADB:
      return new StoreFailure(
        { kind: 'corrupt', what, where, mend: 'The database is damaged: stop Mayfly and restore the data folder from a backup.' },
        error,
      );
    default:
      return undefined;
  }
}

export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && (code & 0xff) === BUSY;
}

function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined;
}
