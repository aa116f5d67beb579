// How an execution stands, in a word and a mark.

import type { Terminal } from '../terminal/terminal.ts';
import type { FlowStatus } from './overview.ts';

const LOOKS: Readonly<Record<FlowStatus, readonly [mark: string, colour: keyof Terminal['paint']]>> = {
  RUNNING: ['▸', 'cyan'],
  SUCCEEDED: ['✓', 'green'],
  FAILED: ['✗', 'red'],
  TIMED_OUT: ['✗', 'red'],
  ABORTED: ['■', 'red'],
  STOPPED: ['■', 'red'],
  PENDING_REDRIVE: ['▸', 'yellow'],
};

/** `✓ succeeded` */
export function statusText(status: FlowStatus, paint: Terminal['paint']): string {
  const [mark, colour] = LOOKS[status];
  return paint[colour](plainStatus(status, mark));
}

export function plainStatus(status: FlowStatus, mark: string = LOOKS[status][0]): string {
  return `${mark} ${wordOf(status)}`;
}

/** As it is written at `--status` too. */
export function wordOf(status: FlowStatus): string {
  return status.toLowerCase().replaceAll('_', '-');
}

const STATUSES = Object.keys(LOOKS) as readonly FlowStatus[];

export const STATUS_WORDS = STATUSES.map(wordOf);

export function statusOfWord(word: string): FlowStatus | undefined {
  return STATUSES.find((status) => wordOf(status) === word.toLowerCase().replaceAll('_', '-'));
}
