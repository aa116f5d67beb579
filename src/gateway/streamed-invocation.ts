// An invocation whose response may come while the function runs: whichever is first, the beginning of a response or the end of it all.

import type { AttemptResult, Invocations, SynchronousCall } from '#invocation';
import type { StreamedResponse } from '#sandbox';

export type InvocationBeginning =
  /**
   * The response flows. Its body ends when nothing more comes; `result` then says whether that was all of it. An answer may be completed only
   * after `result`, which resolves when the invocation's record is taken.
   */
  | { readonly kind: 'streamed'; readonly response: StreamedResponse; readonly result: Promise<AttemptResult> }
  /** The function has ended without streaming anything. */
  | { readonly kind: 'whole'; readonly result: AttemptResult };

export function beginInvocation(
  invocations: Pick<Invocations, 'invoke'>,
  call: Omit<SynchronousCall, 'onStream'>,
): Promise<InvocationBeginning> {
  return new Promise((resolve, reject) => {
    const result = invocations.invoke({
      ...call,
      // Before `result` was assigned nothing can have begun: an instance is never found in the same turn.
      onStream: (response) => resolve({ kind: 'streamed', response, result }),
    });
    result.then((whole) => resolve({ kind: 'whole', result: whole }), reject);
  });
}
