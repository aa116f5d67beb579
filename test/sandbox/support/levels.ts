// The isolation levels that this machine can test.

import { detectIsolation } from '#sandbox';
import type { IsolationLevel } from '#sandbox';
import { findWalls } from '../../../src/sandbox/detect.ts';

export interface TestedLevel {
  readonly level: IsolationLevel;
  /** Why it cannot be tested here; false where it can. */
  readonly skip: string | false;
}

export async function levels(): Promise<readonly TestedLevel[]> {
  const report = await detectIsolation();
  const walls = await findWalls('oci');
  return [
    { level: 'bwrap', skip: report.level === 'bwrap' ? false : (report.notes[0] ?? 'bubblewrap cannot be used here') },
    { level: 'oci', skip: walls.kind === 'found' ? false : walls.reason },
    { level: 'process', skip: false },
  ];
}
