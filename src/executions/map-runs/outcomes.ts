// How each child of a map run ended: a record of its own, in the order of the inputs.

import type { JournalStep, JournalStore } from '#store';
import type { Outcome } from '#workflows';
import type { ExecutionEnd } from '../running/execution-requests.ts';

const PREFIX = 'outcome/';
/** The store gives fewer where they are large. */
const PAGE = 500;

export type ChildOutcome = {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: Outcome;
  readonly name: string;
  /** How often the child had been redriven, and how often its map run. */
  readonly redrives: number;
  readonly round: number;
  /** Why not even a redrive of the run lets it go on. */
  readonly redriveRefusal?: string | undefined;
};

function outcomeKey(index: number): string {
  return PREFIX + String(index).padStart(9, '0');
}

export function outcomeRecord(
  index: number,
  end: Omit<ExecutionEnd, 'executionArn'>,
  times: { readonly redrives: number; readonly round: number },
): NonNullable<JournalStep['records']>[number] {
  const { startedAtMs, endedAtMs, outcome, name, redriveRefusal } = end;
  const record: ChildOutcome = { startedAtMs, endedAtMs, outcome, name, ...times, redriveRefusal };
  return { key: outcomeKey(index), body: JSON.stringify(record) };
}

export async function outcomeAt(
  journals: Pick<JournalStore, 'records'>,
  journal: number,
  index: number,
): Promise<ChildOutcome | undefined> {
  const [record] = await journals.records(journal, { prefix: outcomeKey(index), limit: 1 });
  if (record === undefined) return undefined;
  const child: ChildOutcome = JSON.parse(record.body);
  return child;
}

/** From after a key on; a page at a time is in memory. */
export async function* outcomes(
  journals: Pick<JournalStore, 'records'>,
  journal: number,
  after = '',
): AsyncGenerator<{ readonly index: number; readonly key: string; readonly child: ChildOutcome }> {
  for (let last = after; ;) {
    const page = await journals.records(journal, { prefix: PREFIX, after: last === '' ? undefined : last, limit: PAGE });
    for (const { key, body } of page) {
      const child: ChildOutcome = JSON.parse(body);
      yield { index: Number(key.slice(PREFIX.length)), key, child };
      last = key;
    }
    if (page.length === 0) return;
  }
}
