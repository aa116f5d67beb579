// How a handler that could not be loaded is told of in the log.

import type { Ending } from '#sandbox';
import { errorTypeOf } from './answer.ts';
import type { Trouble } from './report-lines.ts';

export function initTrouble(outcome: Exclude<Ending, { kind: 'returned' }>): Trouble {
  if (outcome.kind === 'timedOut') return { status: 'timeout', errorType: undefined };
  if (outcome.kind === 'threw') return { status: 'error', errorType: errorTypeOf(outcome.payload) };
  return { status: 'error', errorType: outcome.kind === 'outOfMemory' ? 'Runtime.OutOfMemory' : 'Runtime.ExitError' };
}
