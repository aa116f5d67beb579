// The operations of a durable execution in lines of text: those within others below them. Pure.

import type { Terminal } from '../terminal/terminal.ts';
import type { Operation } from './operations.ts';
import { COLOURS, duration, MARKS, oneLine, shortened } from './wording.ts';

export interface OperationTree {
  readonly operations: readonly Operation[];
  readonly columns: number;
  readonly nowMs: number;
  readonly paint: Terminal['paint'];
}

export function drawOperations({ operations, ...rest }: OperationTree): readonly string[] {
  return operations.flatMap((operation) => linesOf(operation, { ...rest, before: '', below: '' }));
}

interface Place extends Omit<OperationTree, 'operations'> {
  /** In front of its own line, and of those below it. */
  readonly before: string;
  readonly below: string;
}

function linesOf(operation: Operation, place: Place): readonly string[] {
  const { mark, name, children, error } = operation;
  const { before, below, columns, paint } = place;
  const colour = paint[COLOURS[mark]];
  const facts = factsOf(operation, place.nowMs).join(' · ');
  const title = shortened(oneLine(name === '' ? operation.kind : name), 48);
  const room = Math.max(columns - before.length - title.length - 4, 20);
  const trouble =
    error === undefined ? [] : [`${below}  ${paint.red(shortened(oneLine(error), Math.max(columns - below.length - 2, 20)))}`];
  return [
    `${before}${colour(`${MARKS[mark]} ${title}`)}  ${paint.dim(shortened(facts, room))}`,
    ...trouble,
    ...children.flatMap((child, index) => {
      const isLast = index === children.length - 1;
      return linesOf(child, { ...place, before: `${below}${isLast ? '└ ' : '├ '}`, below: `${below}${isLast ? '  ' : '│ '}` });
    }),
  ];
}

function factsOf({ name, kind, mark, attempts, startedMs, endedMs, waitsFor }: Operation, nowMs: number): readonly string[] {
  const words = {
    succeeded: undefined,
    failed: 'failed',
    caught: undefined,
    running: 'running',
    aborted: 'aborted',
    notReached: undefined,
  };
  const facts = [
    name === '' ? undefined : kind,
    waitsFor === undefined ? words[mark] : `waits for ${oneLine(waitsFor)}`,
    attempts > 1 ? `${attempts} attempts` : undefined,
    mark === 'aborted' && endedMs === undefined ? undefined : duration(Math.max(0, (endedMs ?? nowMs) - startedMs)),
  ];
  return facts.filter((fact) => fact !== undefined);
}
