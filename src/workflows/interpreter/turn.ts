// One step of an execution: what it changes, what it writes into the history, and what it asks for.
//
// Owns: an execution while the step lasts.
// Never: does anything; what is to be done is a command, for when the step is on the disk.

import assert from 'node:assert/strict';
import type { Random } from '#kernel';
import type { Flow, Machine, State } from '../definition/state.ts';
import type { Evaluator } from '../expressions/evaluator.ts';
import type { Json, JsonObject } from '../expressions/json.ts';
import { payloadText } from '../expressions/payload-text.ts';
import { contextOf } from './context-object.ts';
import type { Current, Execution, MapItem, Progress, Thread } from './execution.ts';
import type { Details, HistoryEvent } from './history.ts';
import type { Command } from './messages.ts';
import { Scope } from './scope.ts';
import type { Observer } from './observer.ts';
import type { Work } from './work.ts';

type TurnOptions = {
  readonly machine: Machine;
  readonly execution: Execution;
  readonly nowMs: number;
  readonly random: Random;
  readonly evaluator: Evaluator;
  readonly observer?: Observer;
};

export class Turn {
  readonly machine: Machine;
  readonly execution: Execution;
  readonly nowMs: number;
  readonly random: Random;
  readonly evaluator: Evaluator;
  readonly observer: Observer | undefined;
  readonly events: HistoryEvent[] = [];
  readonly commands: Command[] = [];
  /** Of the data in the events: a step with much of it ends early. */
  characters = 0;
  /** Ids of threads that are new, changed or gone. */
  readonly touched = new Set<string>();
  /** Ids of threads whose children's progress is new, changed or gone. */
  readonly touchedProgress = new Set<string>();
  /** What follows from the inputs; all inputs are in the history before any of it happens. */
  readonly work: Work[] = [];
  #told: { readonly value: Json; readonly text: string } | undefined;

  constructor(options: TurnOptions) {
    this.machine = options.machine;
    this.execution = options.execution;
    this.nowMs = options.nowMs;
    this.random = options.random;
    this.evaluator = options.evaluator;
    this.observer = options.observer;
  }

  /** Writes an event, and answers its id. What follows on the thread names it as its previous event, unless told otherwise. */
  event(type: string, previousEventId: number, details?: Details): number {
    const id = this.execution.nextEventId++;
    if (details !== undefined) this.characters += dataLengthOf(details);
    this.events.push({ id, previousEventId, timestampMs: this.nowMs, type, ...(details === undefined ? {} : { details }) });
    return id;
  }

  /** An event that the thread's next one follows. */
  note(thread: Thread, type: string, details?: Details): number {
    thread.previousEventId = this.event(type, thread.previousEventId, details);
    this.touched.add(thread.id);
    return thread.previousEventId;
  }

  /** The text of a payload, made once for the events that tell of it one after another; undefined where it is too large. */
  text(value: Json): string | undefined {
    if (typeof value !== 'object' || value === null) return payloadText(value);
    if (this.#told?.value === value) return this.#told.text;
    const text = payloadText(value);
    if (text !== undefined) this.#told = { value, text };
    return text;
  }

  thread(id: string): Thread | undefined {
    return this.execution.threads.get(id);
  }

  add(thread: Thread): void {
    this.execution.threads.set(thread.id, thread);
    this.touched.add(thread.id);
  }

  remove(thread: Thread): void {
    this.execution.threads.delete(thread.id);
    this.touched.add(thread.id);
  }

  progress(thread: Thread): Progress {
    const progress = this.execution.progress.get(thread.id);
    assert(progress !== undefined, 'a thread with children has their progress');
    return progress;
  }

  setProgress(thread: Thread, progress: Progress): void {
    this.execution.progress.set(thread.id, progress);
    this.touchedProgress.add(thread.id);
  }

  dropProgress(threadId: string): void {
    if (this.execution.progress.delete(threadId)) this.touchedProgress.add(threadId);
  }

  /** Sets the phase; a thread that can go on is put in line. */
  phase(thread: Thread, phase: Thread['phase']): void {
    thread.phase = phase;
    this.touched.add(thread.id);
    if (phase.kind === 'entering' || phase.kind === 'again') this.execution.ready.push(thread.id);
  }

  flow(thread: Thread): Flow {
    const flow = this.machine.flows.get(thread.flowPath);
    assert(flow !== undefined, `the definition has no flow at '${thread.flowPath}'`);
    return flow;
  }

  current(thread: Thread): Current {
    assert(thread.current !== undefined, 'the thread is in no state');
    return thread.current;
  }

  state(thread: Thread): State {
    const state = this.flow(thread).states.get(this.current(thread).name);
    assert(state !== undefined, 'the definition has no such state');
    return state;
  }

  scope(thread: Thread, also: { readonly token?: string; readonly mapItem?: MapItem } = {}): Scope {
    const state = this.state(thread);
    const current = this.current(thread);
    const mapItem = also.mapItem ?? thread.mapItem ?? this.#outerItem(thread);
    const { observer } = this;
    const { facts } = this.execution;
    return new Scope({
      state,
      enteredEventId: current.enteredEventId,
      context: () => observer?.context ?? contextOf({ facts, current, state, mapItem, token: also.token }),
      variables: this.#variables(thread),
      random: this.random,
      nowMs: this.nowMs,
      evaluator: this.evaluator,
      text: (value) => this.text(value),
      tenant: facts.accountId,
    });
  }

  #variables(thread: Thread): readonly JsonObject[] {
    const scopes: JsonObject[] = [];
    for (let at: Thread | undefined = thread; at !== undefined; at = this.#parent(at)) scopes.push(at.variables);
    return scopes;
  }

  variableBytes(thread: Thread): number {
    let bytes = 0;
    for (let at: Thread | undefined = thread; at !== undefined; at = this.#parent(at)) bytes += at.variableBytes;
    return bytes;
  }

  #outerItem(thread: Thread): MapItem | undefined {
    for (let at = this.#parent(thread); at !== undefined; at = this.#parent(at)) if (at.mapItem !== undefined) return at.mapItem;
    return this.execution.facts.mapItem;
  }

  #parent(thread: Thread): Thread | undefined {
    return thread.parent === undefined ? undefined : this.thread(thread.parent.threadId);
  }
}

function dataLengthOf({ value: { input, output, parameters } }: Details): number {
  return lengthOf(input) + lengthOf(output) + lengthOf(parameters);
}

function lengthOf(value: Json | undefined): number {
  return typeof value === 'string' ? value.length : 0;
}
