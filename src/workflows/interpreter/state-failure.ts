// How a state fails within the interpreter: thrown where a field is evaluated, handled where the state's Retry and Catch are.

export type Failure = {
  readonly error: string | undefined;
  readonly cause: string | undefined;
  /** Where a JSONata expression failed: history has an event for it. */
  readonly evaluation?: { readonly location: string | undefined };
  /** Nothing may catch it, and no event of the state tells of it. */
  readonly fatal?: boolean;
};

export class StateFailure extends Error {
  override readonly name = 'StateFailure';
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.cause ?? failure.error ?? 'The state failed', options);
    this.failure = failure;
  }
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-error-representation */
export function matchesError(errorEquals: readonly string[], error: string | undefined): boolean {
  const name = error ?? '';
  return errorEquals.some((wanted) => {
    if (wanted === name) return true;
    // Documents except States.DataLimitExceeded too; AWS lets it be caught (recorded).
    if (wanted === 'States.ALL') return name !== 'States.Runtime';
    if (wanted === 'States.TaskFailed')
      return name !== 'States.Timeout' && name !== 'States.HeartbeatTimeout' && name !== 'States.Runtime';
    return wanted === 'States.Timeout' && name === 'States.HeartbeatTimeout';
  });
}
