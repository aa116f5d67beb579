// What one step makes of an execution: gathered first, then written as one step of its journal, and only then true.

import assert from 'node:assert/strict';
import type { EventType } from '@aws-sdk/client-lambda';
import type { JournalStep, NewDelivery } from '#store';
import type { Execution } from './execution.ts';
import { keptError, keptText } from './history-events.ts';
import type { KeptEvent } from './history-events.ts';
import { END, operationKey, timerId } from './records.ts';
import type { ExecutionEnd, ExecutionHead, StoredOperation, TimerKind } from './records.ts';

const DAY_MS = 86_400_000;

export class Draft {
  readonly execution: Execution;
  readonly nowMs: number;
  head: ExecutionHead;
  readonly #operations = new Map<string, StoredOperation>();
  readonly #keys = new Map<string, string>();
  readonly #events: KeptEvent[] = [];
  readonly #timers = new Map<string, number | undefined>();
  #end: ExecutionEnd | undefined;
  #deliveries: readonly NewDelivery[] = [];

  constructor(execution: Execution, nowMs: number) {
    this.execution = execution;
    this.nowMs = nowMs;
    this.head = execution.head;
  }

  get isOver(): boolean {
    return this.head.phase === 'over';
  }

  /** Nothing was drafted. */
  get isEmpty(): boolean {
    return this.#operations.size === 0 && this.#events.length === 0 && this.#timers.size === 0 && this.head === this.execution.head;
  }

  get touched(): readonly string[] {
    return [...this.#operations.keys()];
  }

  /** As it is after what was drafted so far. */
  operation(id: string): StoredOperation | undefined {
    return this.#operations.get(id) ?? this.execution.operations.get(id);
  }

  put(operation: StoredOperation): void {
    const { id } = operation;
    if (!this.execution.keys.has(id) && !this.#keys.has(id)) {
      this.#keys.set(id, operationKey(this.head.operations));
      this.head = { ...this.head, operations: this.head.operations + 1 };
    }
    this.#operations.set(id, operation);
  }

  event(type: EventType, event: Omit<KeptEvent, 'type' | 'atMs'>): void {
    const { of } = event;
    const subject = of && { id: of.id, name: of.name, parentId: of.parentId, subType: of.subType };
    this.#events.push({ ...event, type, atMs: this.nowMs, of: subject });
  }

  timer(kind: TimerKind, operationId: string, dueAtMs: number | undefined): void {
    this.#timers.set(timerId(kind, operationId), dueAtMs);
  }

  /** It changed while nobody who would know was running: a run is due, unless it is waited before the next one. */
  wake(operationIds: readonly string[]): void {
    const updated = [...new Set([...this.head.updated, ...operationIds])];
    const isHeldBack = this.execution.timers.has(timerId('run'));
    this.head = { ...this.head, updated, phase: this.head.phase === 'waiting' && !isHeldBack ? 'due' : this.head.phase };
  }

  end(end: ExecutionEnd, deliveries: readonly NewDelivery[] = []): void {
    assert(!this.isOver, 'an execution ends once');
    const { facts, timers } = this.execution;
    const { result, error } = end;
    this.event(ENDED_BY[end.status], {
      of: { id: facts.executionId },
      ...(end.status === 'SUCCEEDED' ? { result: keptText(result) } : { error: keptError(error) }),
    });
    for (const id of timers.keys()) this.#timers.set(id, undefined);
    for (const id of this.#timers.keys()) this.#timers.set(id, undefined);
    const { tellsParent: _, ...head } = this.head;
    const tells = facts.origin.kind === 'chained' ? { tellsParent: true as const } : {};
    this.head = { ...head, phase: 'over', updated: [], invoking: [], ...tells };
    this.#end = end;
    this.#deliveries = deliveries;
  }

  step(): JournalStep {
    const written = this.#end === undefined ? this.#changedRecords() : this.#lastRecords(this.#end);
    const bytes = written.reduce((sum, { body = '' }) => sum + body.length, 0);
    const firstId = this.head.nextEventId;
    this.head = {
      ...this.head,
      nextEventId: firstId + this.#events.length,
      writtenBytes: this.head.writtenBytes + bytes,
    };
    const { phase, invoking, tellsParent } = this.head;
    return {
      head: JSON.stringify(this.head),
      entries: this.#events.length === 0 ? undefined : { firstId, count: this.#events.length, body: JSON.stringify(this.#events) },
      records: written,
      timers: [...this.#timers].map(([id, dueAtMs]) => ({ id, dueAtMs })),
      isBusy: phase === 'due' || invoking.length > 0 || tellsParent === true,
      status: this.#end && {
        status: this.#end.status,
        endedAtMs: this.nowMs,
        expiresAtMs: this.nowMs + this.execution.facts.retentionDays * DAY_MS,
      },
      deliveries: this.#deliveries.length === 0 ? undefined : this.#deliveries,
    };
  }

  /** After the step was committed. */
  apply(): void {
    const { execution } = this;
    execution.revision += 1;
    execution.head = this.head;
    for (const [id, dueAtMs] of this.#timers)
      if (dueAtMs === undefined) execution.timers.delete(id);
      else execution.timers.set(id, dueAtMs);
    for (const [id, key] of this.#keys) execution.keys.set(id, key);
    for (const [id, operation] of this.#operations) execution.operations.set(id, operation);
    if (this.#end === undefined) return;
    execution.end = this.#end;
    execution.endedAtMs = this.nowMs;
    execution.operations.clear();
    execution.keys.clear();
  }

  #changedRecords() {
    return [...this.#operations].map(([id, operation]) => ({ key: this.#keyOf(id), body: JSON.stringify(operation) }));
  }

  /** What a replay would need is not needed any more; the history has it all. */
  #lastRecords(end: ExecutionEnd) {
    const gone = [...this.execution.keys.values()].map((key) => ({ key, body: undefined }));
    return [...gone, { key: END, body: JSON.stringify(end) }];
  }

  #keyOf(id: string): string {
    const key = this.execution.keys.get(id) ?? this.#keys.get(id);
    assert(key !== undefined, `operation ${id} has no record`);
    return key;
  }
}

const ENDED_BY = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  STOPPED: 'ExecutionStopped',
} as const satisfies Record<ExecutionEnd['status'], EventType>;
