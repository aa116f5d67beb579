// Why a sandbox did not come to life.

/** `message` says what happened and, where it is known, what the sandbox said itself. */
export class LaunchFailed extends Error {
  constructor(message: string, detail: { readonly cause?: unknown } = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'LaunchFailed';
  }
}
