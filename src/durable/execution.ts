// One execution in memory: what its journal says, whole, and nothing else.
// Owns: the image of one journal. It changes only by a draft whose step is committed; when a step could not be, the image is thrown away.

import assert from 'node:assert/strict';
import type { Json, JournalRow, OpenJournal } from '#store';
import { END, INPUT, OPERATION } from './records.ts';
import type { ExecutionEnd, ExecutionFacts, ExecutionHead, StoredOperation } from './records.ts';

export interface Execution {
  readonly number: number;
  readonly row: JournalRow;
  readonly facts: ExecutionFacts;
  /** JSON text. */
  readonly input: string;
  revision: number;
  head: ExecutionHead;
  end: ExecutionEnd | undefined;
  endedAtMs: number | undefined;
  /** By id, in the order in which they began. */
  readonly operations: Map<string, StoredOperation>;
  /** Under which record each is kept. */
  readonly keys: Map<string, string>;
  readonly timers: Map<string, number>;
}

export function openedExecution({ row, revision, head, records, timers }: OpenJournal): Execution {
  const input = records.get(INPUT);
  assert(input !== undefined, `execution ${row.number} has no payload`);
  const end = records.get(END);
  const execution: Execution = {
    number: row.number,
    row,
    facts: factsOf(row),
    input,
    revision,
    head: JSON.parse(head) as ExecutionHead,
    end: end === undefined ? undefined : (JSON.parse(end) as ExecutionEnd),
    endedAtMs: row.endedAtMs,
    operations: new Map(),
    keys: new Map(),
    timers: new Map(timers),
  };
  const keys = [...records.keys()].filter((key) => key.startsWith(OPERATION)).toSorted();
  for (const key of keys) {
    const operation = JSON.parse(records.get(key) ?? '') as StoredOperation;
    execution.operations.set(operation.id, operation);
    execution.keys.set(operation.id, key);
  }
  return execution;
}

export function factsOf({ attributes }: Pick<JournalRow, 'attributes'>): ExecutionFacts {
  return attributes as unknown as ExecutionFacts;
}

export const asAttributes = (facts: ExecutionFacts) => facts as unknown as Json;
