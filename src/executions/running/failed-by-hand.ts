// The end of an execution that cannot go on by a fault of the platform: it fails and says why, written without the interpreter or its definition.
// Its threads are left as they would be for a redrive, so that it goes on where it was when the fault is mended.

import type { JournalStep, OpenJournal } from '#store';
import { LIMITS } from '#kernel';
import type { HistoryEvent, Outcome, Thread } from '#workflows';
import { tokenOf, tokenOfEnd } from './errands.ts';
import type { Chore } from './errands.ts';
import { openExecution, threadKey } from './execution-record.ts';
import type { Head, Standing } from './execution-record.ts';
import type { Changed } from './status-change.ts';

export type FailedByHand = {
  readonly step: JournalStep;
  readonly event: HistoryEvent;
  readonly outcome: Outcome;
  readonly changed: Changed;
};

export function failedByHand(journal: OpenJournal, reason: unknown, nowMs: number): FailedByHand {
  const { execution, errands, head, attributes, inputText } = openExecution(journal.row, journal.head, journal.records);
  const cause = causeOf(reason);
  const outcome: Outcome = { status: 'FAILED', error: 'States.Runtime', cause };
  const event: HistoryEvent = {
    id: execution.nextEventId,
    previousEventId: execution.threads.get('root')?.previousEventId ?? 0,
    timestampMs: nowMs,
    type: 'ExecutionFailed',
    details: { member: 'executionFailedEventDetails', value: { error: 'States.Runtime', cause } },
  };
  const chores: Chore[] = [...(head.chores ?? [])];
  const callbacks: { token: string; put: undefined }[] = [];
  for (const errand of errands.values()) {
    const token = tokenOf(errand);
    if (token !== undefined) callbacks.push({ token, put: undefined });
    if (errand.kind === 'watch' || errand.kind === 'child') {
      callbacks.push({ token: tokenOfEnd(journal.row.number, errand.taskId), put: undefined });
      chores.push({ kind: 'stop-child', executionArn: errand.executionArn });
    }
    if (errand.kind === 'map') chores.push({ kind: 'cancel-map-run', mapRunId: errand.mapRunId });
    if (errand.kind === 'map-run') chores.push({ kind: 'cancel-map-run', mapRunId: errand.command.mapRunId });
  }
  if (head.watched === true) chores.push({ kind: 'tell-parents' });
  const next: Head = {
    next: execution.nextEventId + 1,
    outcome,
    ...(chores.length === 0 ? {} : { chores }),
    ...(head.watched === true ? { watched: true } : {}),
  };
  const { facts } = execution;
  return {
    event,
    outcome,
    changed: { scope: journal.row.scope, attributes, inputText, endedAtMs: nowMs, execution: { facts, outcome } },
    step: {
      head: JSON.stringify(next),
      entries: { firstId: event.id, count: 1, body: JSON.stringify([event]) },
      records: [...execution.threads.values()].map((thread) => ({ key: threadKey(thread.id), body: haltedText(thread) })),
      timers: [...journal.timers.keys()].map((id) => ({ id, dueAtMs: undefined })),
      callbacks,
      isBusy: chores.length > 0,
      status: { status: 'FAILED', endedAtMs: nowMs, expiresAtMs: nowMs + LIMITS.executionRetentionMs },
    },
  };
}

function causeOf(reason: unknown): string {
  const what = reason instanceof Error ? reason.message : String(reason);
  return `The execution cannot go on, by a fault of the platform and not of its definition: ${what} When that is mended, redrive it (RedriveExecution): it goes on where it was.`;
}

function haltedText(thread: Thread): string {
  const standing: Standing = { thread: { ...thread, phase: haltedPhase(thread) } };
  return JSON.stringify(standing);
}

/** As the interpreter halts it: what it waited for is begun again. */
function haltedPhase({ phase }: Thread): Thread['phase'] {
  switch (phase.kind) {
    case 'done':
    case 'halted':
      return phase;
    case 'entering':
    case 'again':
    case 'children':
    case 'map-run':
      return { kind: 'halted', was: phase };
    case 'waiting':
    case 'retrying':
    case 'task':
    case 'reading':
    case 'ending':
      return { kind: 'halted', was: { kind: 'again' } };
    default:
      return phase satisfies never;
  }
}
