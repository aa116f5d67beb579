// Which isolation level the platform runs at: what the operator named, or the strongest that this machine can give. Never less in silence.

import type { Clock } from '#kernel';
import { detectIsolation } from '#sandbox';
import type { IsolationLevel, IsolationReport } from '#sandbox';
import type { PlatformOptions } from './settings.ts';

/** Nothing here isolates, and nobody said that it may be done without. */
export class IsolationUnavailable extends Error {
  readonly code = 'IsolationUnavailable';

  constructor({ notes }: IsolationReport) {
    super(`Functions cannot be isolated on this machine: ${notes.join(' ')} For your own code alone: --isolation process.`);
    this.name = 'IsolationUnavailable';
  }
}

export interface ChosenIsolation {
  readonly level: IsolationLevel;
  readonly report: IsolationReport;
}

export async function chooseIsolation(asked: PlatformOptions['isolation'], clock: Clock): Promise<ChosenIsolation> {
  const report = await detectIsolation({ clock });
  if (asked === 'process') return { level: 'process', report };
  if (report.level === undefined) throw new IsolationUnavailable(report);
  return { level: report.level, report };
}
