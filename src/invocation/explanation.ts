// An invocation's own story, told from its record: warm or not and why, and where its time went. For REPORT lines and for callers who ask.

import type { UsageRecord } from '#ledger';

export interface Explanation {
  readonly start: UsageRecord['start'];
  /** Undefined where it was warm. */
  readonly why: string | undefined;
  /** `queue=0.10 place=30.00 specialise=0.80 load=12.30 run=1.50 ms`; a phase that there was not is left out. */
  readonly phases: string;
}

export function explanationOf(record: UsageRecord): Explanation {
  return { start: record.start, why: record.why, phases: phasesOf(record) };
}

/**
 * `queue`: waiting for an instance, or for memory, while others had theirs. `place`: launching a sandbox, or thawing the instance. `specialise`: code,
 * files and limits. `load`: the handler's module. Every warm invocation passes here, so it is written for speed.
 */
function phasesOf({ queuedMs = 0, placeMs = 0, specialiseMs, loadMs, durationMs }: UsageRecord): string {
  let phases = '';
  if (queuedMs > placeMs) phases += `queue=${(queuedMs - placeMs).toFixed(2)} `;
  if (placeMs > 0) phases += `place=${placeMs.toFixed(2)} `;
  if (specialiseMs !== undefined) phases += `specialise=${specialiseMs.toFixed(2)} `;
  if (loadMs !== undefined) phases += `load=${loadMs.toFixed(2)} `;
  return `${phases}run=${durationMs.toFixed(2)} ms`;
}
