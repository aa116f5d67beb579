// What is said at the end of an execution. Nobody is stranded: why it did not succeed, where, and what can be done. Pure.

import type { ExecutionDetails } from '../aws/states.ts';
import { shortName } from './find.ts';
import { allStates } from './graph.ts';
import type { Flow, FlowState } from './graph.ts';
import type { Progress } from './progress.ts';
import { oneLine, shortened, troubleText } from './wording.ts';

const TEXT_MAX = 2000;
const WORDS = { FAILED: 'failed', TIMED_OUT: 'timed out', ABORTED: 'was stopped' } as const;

export function endingOf(execution: ExecutionDetails, flow: Flow, { states }: Progress): readonly string[] {
  const { status, error, cause, output } = execution;
  if (status === 'RUNNING' || status === 'PENDING_REDRIVE') return [];
  if (status === 'SUCCEEDED') return output === undefined ? [] : [`Output  ${shortened(oneLine(output), TEXT_MAX)}`];
  const failed = [...allStates(flow)].filter(({ name }) => states.get(name)?.mark === 'failed');
  const where = failed.map(({ name }) => `"${oneLine(name)}"`).join(', ');
  const why = shortened(troubleText(error, cause), TEXT_MAX);
  return [`It ${WORDS[status]}${where === '' ? '' : ` in ${where}`}${why === '' ? '.' : `: ${why}`}`, wayOn(execution, failed)];
}

function wayOn(execution: ExecutionDetails, failed: readonly FlowState[]): string {
  const { redriveStatus, redriveStatusReason } = execution;
  switch (redriveStatus) {
    case 'REDRIVABLE':
      // A redrive begins a Fail state again, which fails again.
      return failed.length > 0 && failed.every(({ type }) => type === 'Fail')
        ? 'That is an end that its definition has, and a redrive would come to the same: start another execution.'
        : `To go on from there once the reason is gone: mayfly flows redrive ${shortName(execution)}`;
    case 'REDRIVABLE_BY_MAP_RUN':
      return 'It is an item of a map: redrive the execution that the map is in, and it goes on with it.';
    case 'NOT_REDRIVABLE':
    case undefined:
      return `It cannot go on from there${redriveStatusReason === undefined ? '' : ` (${oneLine(redriveStatusReason)})`}: start another with the same input.`;
    default:
      return redriveStatus satisfies never;
  }
}
