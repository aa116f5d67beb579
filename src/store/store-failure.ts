// What the store throws when a disk, a folder or the database itself is at fault: never the caller's mistake.

/**
 * `full` and `readOnly` mend themselves when the disk does; `io`, `corrupt` and `lost` end this store: the process has to be
 * started again. `inUse` and `newer` are answers to opening a folder; `busy` and `closed` are about this process alone.
 */
export type StoreFailureKind = 'full' | 'readOnly' | 'io' | 'corrupt' | 'lost' | 'inUse' | 'newer' | 'busy' | 'closed';

export interface StoreFailureDetail {
  readonly kind: StoreFailureKind;
  /** What could not be done, as a sentence's beginning: "The write was not saved". */
  readonly what: string;
  /** The file or folder. */
  readonly where: string;
  /** What somebody can do about it. */
  readonly mend: string;
}

export class StoreFailure extends Error {
  readonly kind: StoreFailureKind;
  readonly what: string;
  readonly where: string;
  readonly mend: string;

  constructor(detail: StoreFailureDetail, cause?: unknown) {
    super(`${detail.what} (${detail.where}). ${detail.mend}`, cause === undefined ? undefined : { cause });
    this.name = 'StoreFailure';
    this.kind = detail.kind;
    this.what = detail.what;
    this.where = detail.where;
    this.mend = detail.mend;
  }

  /** Nothing will work again before the process is started anew. */
  get isFinal(): boolean {
    return this.kind === 'io' || this.kind === 'corrupt' || this.kind === 'lost';
  }
}

/** The failure that an error of `node:fs` stands for, or undefined when it is none of the disk's. */
export function failureOfFileError(error: unknown, what: string, where: string): StoreFailure | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new StoreFailure({ kind: 'full', what, where, mend: 'The disk is full: free some space and try again.' }, error);
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return new StoreFailure(
        { kind: 'readOnly', what, where, mend: 'The folder cannot be written: check its owner, its mode and the mount.' },
        error,
      );
    case 'EIO':
      return new StoreFailure(
        { kind: 'io', what, where, mend: 'The disk reports an error: check it, then start Mayfly again.' },
        error,
      );
    default:
      return undefined;
  }
}
