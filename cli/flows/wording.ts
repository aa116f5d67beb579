// What is said of a state beside its name: its work, how it stands, attempts, iterations, time. The same words in the terminal and in pictures.

import type { Terminal } from '../terminal/terminal.ts';
import type { FlowState } from './graph.ts';
import type { Mark, StateProgress } from './progress.ts';

/** Told by shape as well as by colour. */
export const MARKS: Readonly<Record<Mark, string>> = {
  succeeded: '✓',
  failed: '✗',
  caught: '↷',
  running: '▸',
  aborted: '■',
  notReached: '·',
};

export const COLOURS: Readonly<Record<Mark, keyof Terminal['paint']>> = {
  succeeded: 'green',
  failed: 'red',
  caught: 'yellow',
  running: 'cyan',
  aborted: 'red',
  notReached: 'dim',
};

const WORDS: Readonly<Record<Mark, string | undefined>> = {
  succeeded: undefined,
  failed: 'failed',
  caught: 'error caught',
  running: 'running',
  aborted: 'aborted',
  notReached: 'not reached',
};

/** What is worth saying, the most telling first. */
export function factsOf(state: FlowState, progress: StateProgress): readonly string[] {
  const { mark, visits, attempts, iterations } = progress;
  const retries = attempts - visits;
  const facts = [
    WORDS[mark],
    visits > 1 ? visitsOf(progress) : undefined,
    retries > 0 ? (visits === 1 ? `${attempts} attempts` : `${retries} ${retries === 1 ? 'retry' : 'retries'}`) : undefined,
    iterations === undefined ? undefined : iterationsOf(iterations),
    mark === 'notReached' || !takesTime(state) ? undefined : duration(progress.spentMs),
  ];
  return facts.filter((fact) => fact !== undefined);
}

export function kindOf({ type, work, inner }: FlowState): string {
  if (type === 'Parallel') return `${inner.length} branches`;
  return work ?? type;
}

/** Choices and the like take no time worth telling. */
function takesTime({ type }: FlowState): boolean {
  return type === 'Task' || type === 'Wait' || type === 'Map' || type === 'Parallel';
}

function visitsOf({ visits, counts }: StateProgress): string {
  const parts = (['succeeded', 'caught', 'failed', 'running', 'aborted'] as const).filter((mark) => counts[mark] > 0);
  return parts.length === 1 ? `${visits}×` : `${visits}× (${parts.map((mark) => `${counts[mark]} ${MARKS[mark]}`).join(' ')})`;
}

function iterationsOf({ total, started, succeeded, failed, aborted }: NonNullable<StateProgress['iterations']>): string {
  const done = `${succeeded} of ${total ?? started} items`;
  return [done, failed > 0 ? `${failed} failed` : undefined, aborted > 0 ? `${aborted} aborted` : undefined]
    .filter((part) => part !== undefined)
    .join(', ');
}

/** `812 ms`, `2.3 s`, `4 min 10 s`, `3 h 5 min`, `2 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return pair(minutes, 'min', Math.floor(seconds % 60), 's');
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? pair(hours, 'h', minutes % 60, 'min') : pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

const pair = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;

/** `Card.Busy: try later`. What a function threw comes as a JSON document with its trace: its message is what people want. */
export function troubleText(error: string | undefined, cause: string | undefined): string {
  return [error, cause === undefined ? undefined : messageIn(cause)]
    .filter((part) => part !== undefined && part !== '')
    .map((part) => oneLine(part ?? ''))
    .join(': ');
}

function messageIn(cause: string): string {
  if (!cause.startsWith('{')) return cause;
  try {
    const { errorMessage } = JSON.parse(cause) as { readonly errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : cause;
  } catch {
    return cause; // A cause is any text; this one only begins like a document.
  }
}

/** In one line, and without anything that a terminal would obey: names and causes are whatever users made them. */
export function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- that is what is taken out
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, ' ').trim();
}

export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`;
}
