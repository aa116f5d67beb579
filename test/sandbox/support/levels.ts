// The isolation levels that this machine can test.

import { detectIsolation } from '#sandbox';
import type { IsolationLevel } from '#sandbox';
import { machineClock } from './real-house.ts';

export interface TestedLevel {
  readonly level: IsolationLevel;
  /** Why it cannot be tested here; false where it can. */
  readonly skip: string | false;
}

export async function levels(): Promise<readonly TestedLevel[]> {
  const report = await detectIsolation();
  return [
    { level: 'bwrap', skip: report.level === 'bwrap' ? false : (report.notes[0] ?? 'bubblewrap cannot be used here') },
    { level: 'process', skip: false },
  ];
}
