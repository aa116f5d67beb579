// An execution in memory: as its journal has it, and what one step changes of it.
//
// Owns: the execution between two steps, its errands, chores and timers.
// Never: does anything. What a step asks for is done by its line, when the step is on the disk.
// I1: it is what its journal says at `revision`, or is thrown away: a step changes it in place.
// I2: a step costs what it changes: only threads that it touched are written.

import type { JournalStep } from '#store';
import { LIMITS } from '#kernel';
import type { Scope } from '#kernel';
import type { Execution, Machine, Step, Thread } from '#workflows';
import type { RunnableMachine } from '../machines/runnable.ts';
import type { Draft } from './draft.ts';
import { choreId, errandId, isAwaited, isCallback, isToDo, threadIdOf, threadOfMapRun, tokenOf, tokenOfEnd } from './errands.ts';
import type { Chore, Errand, StartTask } from './errands.ts';
import { progressKey, threadKey } from './execution-record.ts';
import type { Attributes, Standing } from './execution-record.ts';

/** The interpreter's name for the timer of the machine's TimeoutSeconds. */
const EXECUTION_TIMER = 'execution';
const ROOT = 'root';
/** A longer thread is a record of its own, so that heartbeats and the like do not write it again. */
const SHORT_ROOT = 8192;

type LiveParts = {
  readonly journal: number;
  readonly revision: number;
  readonly scope: Scope;
  readonly runnable: RunnableMachine;
  readonly machine: Machine;
  readonly attributes: Attributes;
  readonly inputText: string;
  readonly execution: Execution;
  readonly endedAtMs?: number | undefined;
  readonly errands?: Map<string, Errand>;
  readonly chores?: readonly Chore[];
  readonly isWatched?: boolean;
  readonly timers?: ReadonlyMap<string, number>;
  readonly hasRootRecord?: boolean;
  /** Characters that were read of it, beside its input. */
  readonly length?: number;
};

export class LiveExecution {
  /** 0 until it is begun. */
  journal: number;
  readonly scope: Scope;
  readonly runnable: RunnableMachine;
  readonly machine: Machine;
  readonly inputText: string;
  readonly execution: Execution;
  /** By the threads that wait for them. */
  readonly errands: Map<string, Errand>;
  readonly timers: Map<string, number>;
  /** What it holds in memory, about: its input as text and as a value, and what its threads hold. */
  readonly weight: number;
  attributes: Attributes;
  revision: number;
  endedAtMs: number | undefined;
  chores: readonly Chore[];
  isWatched: boolean;
  #hasRootRecord: boolean;
  /** How many errands somebody here has something to do for. */
  #toDo = 0;

  constructor(parts: LiveParts) {
    this.journal = parts.journal;
    this.revision = parts.revision;
    this.scope = parts.scope;
    this.runnable = parts.runnable;
    this.machine = parts.machine;
    this.attributes = parts.attributes;
    this.inputText = parts.inputText;
    this.execution = parts.execution;
    this.endedAtMs = parts.endedAtMs;
    this.errands = parts.errands ?? new Map<string, Errand>();
    this.chores = parts.chores ?? [];
    this.isWatched = parts.isWatched ?? false;
    this.timers = new Map(parts.timers);
    this.#hasRootRecord = parts.hasRootRecord ?? false;
    this.weight = 2 * (parts.inputText.length + (parts.length ?? parts.inputText.length));
    for (const errand of this.errands.values()) if (isToDo(errand)) this.#toDo++;
  }

  get isBusy(): boolean {
    return this.#toDo > 0 || this.chores.length > 0 || this.execution.ready.length > 0;
  }

  setErrand(threadId: string, errand: Errand | undefined, draft: Draft): void {
    const before = this.errands.get(threadId);
    if (before !== undefined && isToDo(before)) this.#toDo--;
    if (errand === undefined) this.errands.delete(threadId);
    else this.errands.set(threadId, errand);
    draft.changed.add(threadId);
    draft.toDo.delete(threadId);
    if (errand === undefined || !isToDo(errand)) return;
    this.#toDo++;
    draft.toDo.set(threadId, errand);
  }

  addChore(chore: Chore, draft: Draft): void {
    if (this.chores.some((known) => choreId(known) === choreId(chore))) return;
    this.chores = [...this.chores, chore];
    draft.chores.push(chore);
  }

  /** The execution with its only thread while it is short, and what else is in no record. */
  take(step: Step, draft: Draft, nowMs: number): JournalStep {
    const wasOver = this.endedAtMs !== undefined;
    const { outcome } = this.execution;
    for (const id of step.touched) {
      draft.changed.add(id);
      this.#release(id, draft);
    }
    for (const command of step.commands) this.#follow(command, draft);
    if (outcome !== undefined && !wasOver) this.#end(draft, nowMs);
    if (outcome === undefined && wasOver) this.#goOn();
    if (outcome === undefined && !this.isBusy) this.#boundOpenTime(draft);
    for (const [id, dueAtMs] of draft.timers) {
      if (dueAtMs === undefined) this.timers.delete(id);
      else this.timers.set(id, dueAtMs);
    }
    return this.#written(step, draft, { wasOver, nowMs });
  }

  /** What is not waited for any more is let go of. */
  #release(threadId: string, draft: Draft): void {
    const errand = this.errands.get(threadId);
    if (errand === undefined || isAwaited(errand, this.execution.threads.get(threadId))) return;
    this.#letGo(threadId, errand, draft);
  }

  #letGo(threadId: string, errand: Errand, draft: Draft): void {
    this.setErrand(threadId, undefined, draft);
    const token = tokenOf(errand);
    if (token !== undefined) draft.callbacks.set(token, undefined);
    if (errand.kind === 'watch' || errand.kind === 'child') {
      draft.callbacks.set(tokenOfEnd(this.journal, errand.taskId), undefined);
      if (!draft.ended.has(errand.taskId)) this.addChore({ kind: 'stop-child', executionArn: errand.executionArn }, draft);
    }
    if (isToDo(errand) && !draft.ended.has(errandId(errand))) draft.aborted.push(errandId(errand));
  }

  #follow(command: Step['commands'][number], draft: Draft): void {
    switch (command.kind) {
      case 'start-task':
        return this.#startTask(command, draft);
      case 'start-timer':
        draft.timers.set(command.timerId, this.#boundedDue(command.timerId, command.dueMs));
        return;
      case 'cancel-timer':
        if (draft.timers.has(command.timerId) || this.timers.has(command.timerId)) draft.timers.set(command.timerId, undefined);
        return;
      case 'read-items':
        return this.setErrand(threadIdOf(command.readId), { kind: 'read', command }, draft);
      case 'start-map-run':
      case 'redrive-map-run':
        return this.setErrand(threadOfMapRun(this.execution, command.mapRunId), { kind: 'map-run', command }, draft);
      case 'cancel-map-run':
        return this.addChore({ kind: 'cancel-map-run', mapRunId: command.mapRunId }, draft);
      // Their threads were touched, and what they waited for was let go of; the end is the execution's outcome.
      case 'cancel-task':
      case 'cancel-read':
      case 'finish':
        return;
      default:
        return command satisfies never;
    }
  }

  #startTask(command: StartTask, draft: Draft): void {
    const threadId = threadIdOf(command.taskId);
    const { taskId, token, resource, input } = command;
    if (resource.kind === 'activity') {
      this.setErrand(threadId, { kind: 'queued', taskId, token, activityArn: resource.arn, input }, draft);
      draft.callbacks.set(token, { taskId, queue: resource.arn });
      draft.queues.push(resource.arn);
      return;
    }
    // Whoever is asked may answer before the request itself is.
    if (isCallback(resource)) draft.callbacks.set(token, { taskId });
    this.setErrand(threadId, { kind: 'task', command }, draft);
  }

  #boundedDue(timerId: string, dueMs: number): number {
    const whole = Math.ceil(dueMs);
    return timerId === EXECUTION_TIMER ? Math.min(whole, this.#mostOpenMs()) : whole;
  }

  #mostOpenMs(): number {
    return this.execution.facts.startedMs + LIMITS.executionOpenMs;
  }

  /** No execution is open for longer than a year. Those that only wait are told by a timer; whatever goes on does not need one yet. */
  #boundOpenTime(draft: Draft): void {
    if (this.timers.has(EXECUTION_TIMER) || draft.timers.get(EXECUTION_TIMER) !== undefined) return;
    draft.timers.set(EXECUTION_TIMER, this.#mostOpenMs());
  }

  #end(draft: Draft, nowMs: number): void {
    this.endedAtMs = nowMs;
    for (const [threadId, errand] of this.errands) this.#letGo(threadId, errand, draft);
    for (const id of this.timers.keys()) draft.timers.set(id, undefined);
    for (const [id, dueAtMs] of draft.timers) if (dueAtMs !== undefined) draft.timers.delete(id);
    if (this.isWatched) this.addChore({ kind: 'tell-parents' }, draft);
  }

  /** A redrive. */
  #goOn(): void {
    this.endedAtMs = undefined;
    // Whoever waited was told of the end.
    this.isWatched = false;
    const { redriveCount, redrivenMs } = this.execution.facts;
    this.attributes = {
      ...this.attributes,
      redrives: redriveCount,
      ...(redrivenMs === undefined ? {} : { redrivenMs }),
    };
  }

  #written(step: Step, draft: Draft, { wasOver, nowMs }: { readonly wasOver: boolean; readonly nowMs: number }): JournalStep {
    const { execution } = this;
    const { outcome } = execution;
    const records: { key: string; body: string | undefined }[] = [];
    const root = this.#writeThreads(draft.changed, records);
    for (const id of step.touchedProgress) {
      const progress = execution.progress.get(id);
      records.push({ key: progressKey(id), body: progress === undefined ? undefined : JSON.stringify(progress) });
    }
    const [first] = step.events;
    const isNewEnd = outcome !== undefined && !wasOver;
    const isRedriven = outcome === undefined && wasOver;
    return {
      head: this.#head(root),
      ...(first === undefined
        ? {}
        : { entries: { firstId: first.id, count: step.events.length, body: JSON.stringify(step.events) } }),
      ...(records.length === 0 ? {} : { records }),
      ...(draft.timers.size === 0 ? {} : { timers: Array.from(draft.timers, ([id, dueAtMs]) => ({ id, dueAtMs })) }),
      ...(draft.callbacks.size === 0 ? {} : { callbacks: Array.from(draft.callbacks, ([token, put]) => ({ token, put })) }),
      isBusy: this.isBusy,
      ...(isNewEnd
        ? { status: { status: outcome.status, endedAtMs: nowMs, expiresAtMs: nowMs + LIMITS.executionRetentionMs } }
        : {}),
      ...(isRedriven
        ? { status: { status: 'RUNNING', endedAtMs: undefined, expiresAtMs: undefined }, attributes: this.attributes }
        : {}),
    };
  }

  /** Answers the root's text where it stands in the head. */
  #writeThreads(changed: ReadonlySet<string>, records: { key: string; body: string | undefined }[]): string | undefined {
    const { threads } = this.execution;
    const root = threads.get(ROOT);
    const text =
      root !== undefined && (threads.size === 1 || changed.has(ROOT) || !this.#hasRootRecord) ? this.#textOf(root) : undefined;
    const inHead = threads.size === 1 && text !== undefined && text.length <= SHORT_ROOT;
    if (!inHead && text !== undefined) records.push({ key: threadKey(ROOT), body: text });
    else if (this.#hasRootRecord && (inHead || root === undefined)) records.push({ key: threadKey(ROOT), body: undefined });
    this.#hasRootRecord = root !== undefined && !inHead;
    for (const id of changed) {
      if (id === ROOT) continue;
      const thread = threads.get(id);
      records.push({ key: threadKey(id), body: thread === undefined ? undefined : this.#textOf(thread) });
    }
    return inHead ? text : undefined;
  }

  #textOf(thread: Thread): string {
    const errand = this.errands.get(thread.id);
    const standing: Standing = errand === undefined ? { thread } : { thread, errand };
    return JSON.stringify(standing);
  }

  /** JSON by hand, since the root's is there already. */
  #head(root: string | undefined): string {
    const { nextEventId, ready, outcome } = this.execution;
    let text = `{"next":${nextEventId}`;
    if (ready.length > 0) text += `,"ready":${JSON.stringify(ready)}`;
    if (outcome !== undefined) text += `,"outcome":${JSON.stringify(outcome)}`;
    if (root !== undefined) text += `,"root":${root}`;
    if (this.chores.length > 0) text += `,"chores":${JSON.stringify(this.chores)}`;
    if (this.isWatched) text += ',"watched":true';
    return `${text}}`;
  }
}
