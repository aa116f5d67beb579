// The names around a map run: its ARN's parts, and those of its children, which are always the same for the same run and place.

import { derivedUuid } from '#kernel';
import type { AccountId, Region, Scope } from '#kernel';

export type MapRunName = { readonly scope: Scope; readonly id: string };

/** The machine of a run within another run's children has a label too. */
const MAP_RUN_ARN = /^arn:[^:]+:states:(?<region>[^:]+):(?<account>\d{12}):mapRun:[^:]+\/[^/:]+:(?<id>[^/:]+)$/;

/** Undefined where it is no map run's ARN. */
export function mapRunName(mapRunArn: string): MapRunName | undefined {
  const { region, account, id } = MAP_RUN_ARN.exec(mapRunArn)?.groups ?? {};
  if (region === undefined || account === undefined || id === undefined) return undefined;
  return { scope: { account: account as AccountId, region: region as Region }, id };
}

/**
 * A child that is begun again after a crash has the name that it had: it is found, and not begun twice. So has a standard one that is redriven, since
 * it goes on; an express one begins anew, as another execution.
 */
export function childName(
  run: { readonly mapRunArn: string; readonly executionType: 'STANDARD' | 'EXPRESS' },
  index: number,
  redrives: number,
): string {
  const attempt = run.executionType === 'EXPRESS' && redrives > 0 ? `/${redrives}` : '';
  return derivedUuid(`${run.mapRunArn}/${index}${attempt}`);
}
