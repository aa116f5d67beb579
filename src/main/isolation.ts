// Which isolation level and which network functions have: what the operator named, or what this machine can give. Never less in silence.

import type { NetworkMode } from '#kernel';
import { detectIsolation } from '#sandbox';
import type { IsolationLevel, IsolationReport, Launcher } from '#sandbox';
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

export async function chooseIsolation(asked: PlatformOptions['isolation']): Promise<ChosenIsolation> {
  const report = await detectIsolation();
  if (asked === 'process' || asked === 'oci') return { level: asked, report };
  if (report.level === undefined) throw new IsolationUnavailable(report);
  return { level: report.level, report };
}

/** The default network of functions. One that was named must be enforced; at the level `process`, which enforces nothing, none can be. */
export function chooseNetwork(
  named: NetworkMode | undefined,
  { networks, networkNotes, level }: Pick<Launcher, 'networks' | 'networkNotes' | 'level'>,
): NetworkMode {
  if (named === undefined || networks.includes(named)) return named ?? 'platform';
  const offer = networks.length === 0 ? 'none' : `only ${networks.join(' and ')}`;
  throw new Error(
    `The network "${named}" cannot be enforced on this machine at the level ${level}, which enforces ${offer}. ${networkNotes.join(' ')} Leave it out, or mend that.`,
  );
}
