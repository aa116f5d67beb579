// What a command ends with when it cannot do what it was asked: a sentence for people, and an exit code for scripts.

/** 0 is done. */
export const EXIT = { failed: 1, usage: 2, functionError: 3 } as const;

export interface FailureDetail {
  /** What to do about it: a command, a setting, a place to look. */
  readonly mend?: string;
  /** The error's name on the wire, for `--json` and for callers that expect it. */
  readonly code?: string;
  readonly exitCode?: number;
  readonly cause?: unknown;
}

export class Failure extends Error {
  readonly mend: string | undefined;
  readonly code: string | undefined;
  readonly exitCode: number;

  constructor(message: string, detail: FailureDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'Failure';
    this.mend = detail.mend;
    this.code = detail.code;
    this.exitCode = detail.exitCode ?? EXIT.failed;
  }
}

export function usageFailure(message: string, mend?: string): Failure {
  return new Failure(message, { mend, exitCode: EXIT.usage });
}
