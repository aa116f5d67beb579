// Says in words why an invocation was not warm, and where its time went.

import type { Report, Why } from './report-line.ts';

/** `all 3 instances were busy, and no sandbox was waiting`; empty for a warm one. */
export function reasonOf({ why }: Report): string {
  if (why === undefined) return '';
  const pool = POOL[why.details['pool'] ?? ''];
  return pool === undefined ? main(why) : `${main(why)}, and ${pool}`;
}

/** `place 310.00, load 40.80, run 1.50 ms` */
export function phasesOf({ phasesMs, durationMs }: Report): string {
  const phases = Object.entries(phasesMs ?? { run: durationMs });
  return `${phases.map(([name, ms]) => `${name} ${ms.toFixed(2)}`).join(', ')} ms`;
}

/** From the platform's hearing of it to its answer. */
export function totalMs({ phasesMs, durationMs }: Report): number {
  return phasesMs === undefined ? durationMs : Object.values(phasesMs).reduce((sum, ms) => sum + ms, 0);
}

const POOL: Readonly<Record<string, string>> = {
  empty: 'no sandbox was waiting',
  'own-start': 'none that waits would do: its variables or its /tmp must be there from the start',
};

const DEATHS: Readonly<Record<string, string>> = {
  timedOut: 'it timed out',
  outOfMemory: 'it ran out of memory',
  crashed: 'its process ended',
  tooLarge: 'its answer was too large',
  init: 'its handler could not be loaded',
  idle: 'it ended while it was idle',
};

function main({ reason, details }: Why): string {
  switch (reason) {
    case 'first':
      return 'there was no instance yet';
    case 'busy':
      return details['instances'] === '1' ? 'the only instance was busy' : `all ${details['instances']} instances were busy`;
    case 'changed':
      return 'its code or settings had changed';
    case 'evicted':
      return 'the memory of the last instance was needed for another function';
    case 'expired':
      return `the last instance had been idle for ${details['idle']}, and expired`;
    case 'died':
      return `the last instance died: ${DEATHS[details['how'] ?? ''] ?? details['how']}`;
    default:
      // A newer platform may know more reasons than this command.
      return reason;
  }
}
