// A durable execution as a tree of its operations: what its history says of each. Pure.

import type { Mark } from './progress.ts';
import { oneLine, shortened } from './wording.ts';

/** As GetDurableExecutionHistory answers it; times in seconds. */
export interface DurableEvent {
  readonly EventId?: number;
  readonly EventType?: string;
  readonly EventTimestamp?: number;
  readonly Id?: string;
  readonly Name?: string;
  readonly ParentId?: string;
  readonly SubType?: string;
  readonly [details: `${string}Details`]: unknown;
}

export type DurableStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'STOPPED';

export interface Operation {
  readonly id: string;
  readonly name: string;
  /** `step`, `wait`, `callback`, `invoke`, `map`, `parallel` … */
  readonly kind: string;
  readonly mark: Mark;
  readonly attempts: number;
  readonly startedMs: number;
  readonly endedMs: number | undefined;
  readonly error: string | undefined;
  /** What it waits for. */
  readonly waitsFor: string | undefined;
  readonly children: readonly Operation[];
}

export interface DurableProgress {
  readonly operations: readonly Operation[];
  /** How often the function was called. */
  readonly invocations: number;
}

export function operationsOf(events: readonly DurableEvent[], status: DurableStatus): DurableProgress {
  const all = new Map<string, Draft>();
  for (const event of events) if (event.Id !== undefined && isOfOperation(event)) note(all, event.Id, event);
  const drafts = [...all.values()];
  const below = Map.groupBy(drafts, ({ parentId }) => (parentId !== undefined && all.has(parentId) ? parentId : ''));
  const finished = (parent: string): readonly Operation[] =>
    (below.get(parent) ?? []).map((draft) => ({
      id: draft.id,
      name: draft.name,
      kind: draft.kind,
      mark: draft.mark === 'running' && status !== 'RUNNING' ? 'aborted' : draft.mark,
      attempts: draft.attempts,
      startedMs: draft.startedMs,
      endedMs: draft.endedMs,
      error: draft.mark === 'succeeded' ? undefined : draft.error,
      waitsFor: draft.mark === 'running' && status === 'RUNNING' ? draft.waitsFor : undefined,
      children: finished(draft.id),
    }));
  return { operations: finished(''), invocations: events.filter(({ EventType }) => EventType === 'InvocationCompleted').length };
}

interface Draft {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly parentId: string | undefined;
  readonly startedMs: number;
  mark: Mark;
  attempts: number;
  endedMs: number | undefined;
  error: string | undefined;
  waitsFor: string | undefined;
}

const KINDS = /^(Context|Wait|Step|ChainedInvoke|Callback)(Started|Succeeded|Failed|TimedOut|Stopped|Cancelled)$/;

function isOfOperation({ EventType = '' }: DurableEvent): boolean {
  return KINDS.test(EventType);
}

function note(all: Map<string, Draft>, id: string, event: DurableEvent): void {
  const [, kind = '', happened = ''] = KINDS.exec(event.EventType ?? '') ?? [];
  const atMs = (event.EventTimestamp ?? 0) * 1000;
  const draft = all.get(id) ?? begin(all, id, event, { kind, atMs });
  const details = detailsOf(event);
  const error = (objectOf(details['Error'])['Payload'] ?? {}) as { readonly ErrorType?: string; readonly ErrorMessage?: string };
  const said = [error.ErrorType, error.ErrorMessage].filter((part) => part !== undefined).join(': ');
  const retry = objectOf(details['RetryDetails']) as {
    readonly CurrentAttempt?: number;
    readonly NextAttemptDelaySeconds?: number;
  };
  draft.attempts = Math.max(draft.attempts, retry.CurrentAttempt ?? 1);
  if (said !== '') draft.error = said;
  if (happened === 'Started') {
    draft.waitsFor = waitOf(kind, details);
    return;
  }
  if (retry.NextAttemptDelaySeconds !== undefined) {
    draft.waitsFor = `the next attempt, ${retry.NextAttemptDelaySeconds} s later`;
    return;
  }
  draft.endedMs = atMs;
  draft.mark = happened === 'Succeeded' ? 'succeeded' : happened === 'Stopped' || happened === 'Cancelled' ? 'aborted' : 'failed';
  if (happened === 'TimedOut') draft.error ??= 'timed out';
}

function begin(
  all: Map<string, Draft>,
  id: string,
  event: DurableEvent,
  { kind, atMs }: { readonly kind: string; readonly atMs: number },
): Draft {
  const word = oneLine(event.SubType ?? kind).replace(/^Run(?=InChildContext)/, '');
  const draft: Draft = {
    id,
    name: event.Name ?? '',
    kind: word.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase(),
    parentId: event.ParentId,
    startedMs: atMs,
    mark: 'running',
    attempts: 1,
    endedMs: undefined,
    error: undefined,
    waitsFor: undefined,
  };
  all.set(id, draft);
  return draft;
}

function waitOf(kind: string, details: Readonly<Record<string, unknown>>): string | undefined {
  switch (kind) {
    case 'Wait': {
      const until = details['ScheduledEndTimestamp'];
      return typeof until === 'number' ? `${new Date(until * 1000).toISOString().slice(0, 19)}Z` : undefined;
    }
    case 'Callback':
      return `callback ${shortened(String(details['CallbackId']), 60)}`;
    case 'ChainedInvoke':
      return `the function ${String(details['FunctionName'])}`;
    default:
      return undefined;
  }
}

function detailsOf(event: DurableEvent): Readonly<Record<string, unknown>> {
  return objectOf(event[`${event.EventType ?? ''}Details`]);
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
