// Runs executions: many at once, each with a line of its own while something goes on for it, and otherwise on the disk alone.
//
// Owns: the lines, the express executions in memory, and the timers that are due next.
// Never: holds an execution for which nothing is under way.
// I1: what is busy in the store has a line here, was stranded, or is found by the take-up when there is room.

import { JournalTimers } from '#calendar';
import type { Clock, Log, Random, Scope } from '#kernel';
import type { JournalKey, JournalRow, JournalStore, NewDelivery, NewJournal, OpenJournal } from '#store';
import { advance, newExecution } from '#workflows';
import type { Evaluator, HistoryEvent, Outcome, Step } from '#workflows';
import type { ExecutionLog } from '../logging/execution-log.ts';
import type { MachinePort } from '../machines/machine-port.ts';
import type { RunnableMachine } from '../machines/runnable.ts';
import { machineArn } from '../machines/states-arn.ts';
import type { MapRunPort } from '../map-runs/map-port.ts';
import type { TaskPort } from '../tasks/task-port.ts';
import type { Carriers, Siblings } from './carry-out.ts';
import { CompiledMachines } from './compiled-machines.ts';
import { Draft } from './draft.ts';
import { Ends } from './ends.ts';
import { journalKeyOf } from './execution-names.ts';
import { arnOfRow, attributesOf, factsOf, firstRecordsOf, groupsOf, machineNameOf, openExecution } from './execution-record.ts';
import type { NewExecution } from './execution-record.ts';
import { ExpressRuns } from './express-runs.ts';
import type { FailedByHand } from './failed-by-hand.ts';
import { Gate } from './gate.ts';
import type { LineHost } from './line-host.ts';
import { Line } from './line.ts';
import type { Settled } from './line.ts';
import { LiveExecution } from './live-execution.ts';
import type { News } from './news.ts';
import { changeOf } from './status-change.ts';
import type { Changed } from './status-change.ts';
import type { StatusChanges } from './status-changes-port.ts';
import { TakeUp } from './take-up.ts';

export interface RunnerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly journals: JournalStore;
  readonly machines: MachinePort;
  readonly tasks: TaskPort;
  readonly mapRuns: MapRunPort;
  readonly siblings: Siblings;
  readonly executionLog: ExecutionLog;
  readonly statusChanges: StatusChanges;
  readonly evaluator?: Evaluator | undefined;
}

/** How long what was cut off may take to say so. */
const CLOSING_MS = 5000;

export type Begun = { readonly kind: 'begun'; readonly arn: string } | { readonly kind: 'exists'; readonly row: JournalRow };

export class Runner implements LineHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly journals: JournalStore;
  readonly carriers: Carriers;
  readonly gate = new Gate();
  readonly ends = new Ends();
  readonly compiled = new CompiledMachines();
  readonly express: ExpressRuns;
  readonly #parts: RunnerParts;
  readonly #lines = new Map<number, Line>();
  readonly #stranded = new Set<number>();
  readonly #activityListeners = new Set<(activityArn: string) => void>();
  readonly #timers: JournalTimers;
  readonly #takeUp: TakeUp;
  #onIdle: (() => void) | undefined;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.clock = parts.clock;
    this.log = parts.log;
    this.journals = parts.journals;
    this.carriers = parts;
    this.express = new ExpressRuns({
      ...parts,
      gate: this.gate,
      ends: this.ends,
      hasRoom: () => this.#hasRoom(),
      postponed: () => this.#takeUp.note(),
      ended: (scope, machineName) => parts.machines.ended(scope, baseMachineArn(scope, machineName)),
    });
    this.#timers = new JournalTimers({ ...parts, kind: 'execution', fire: (journal, ids) => this.#fire(journal, ids) });
    this.#takeUp = new TakeUp({
      ...parts,
      gate: this.gate,
      isHere: (journal) => this.#lines.has(journal) || this.#stranded.has(journal) || this.express.has(journal),
      takeUp: (journal) => this.#takenUp(journal),
    });
    this.gate.onLeft = () => this.#takeUp.wake();
  }

  start(): void {
    this.#timers.start();
    this.#takeUp.wake();
  }

  /** The first step and the beginning are one commit. */
  async begin(of: NewExecution): Promise<Begun> {
    const { scope, machineName, name, startedAtMs } = of;
    const attributes = attributesOf(of);
    const mapItem = of.child?.mapItem;
    const facts = factsOf(attributes, { scope, machineName, name, startedAtMs, input: of.input, mapItem });
    const machine = this.compiled.get(of.machine);
    const journal = { ...journalKeyOf(scope, machineName, name), startedAtMs, groups: groupsOf(of), attributes };
    if (of.executionType === 'EXPRESS') return this.express.begin(of, { machine, facts, journal });
    const live = new LiveExecution({
      journal: 0,
      revision: 1,
      scope,
      runnable: of.machine,
      machine,
      attributes,
      inputText: of.inputText,
      execution: newExecution(facts),
    });
    const draft = new Draft();
    draft.inputs.push({ kind: 'start' });
    const step = await this.advance(live, draft, startedAtMs);
    const written = live.take(step, draft, startedAtMs);
    const own = firstRecordsOf(of);
    const deliveries = await this.#newsOfBeginning(live, startedAtMs);
    const first = {
      ...written,
      ...(own.length === 0 ? {} : { records: [...own, ...(written.records ?? [])] }),
      ...(deliveries === undefined ? {} : { deliveries }),
    };
    const begun = await this.journals.begin({ ...journal, first } satisfies NewJournal).catch((cause: unknown) => {
      this.#takeUp.note();
      this.unknown();
      throw cause;
    });
    if (begun.kind === 'exists') return begun;
    live.journal = begun.number;
    this.committed(live, draft, step.events);
    if (live.endedAtMs !== undefined) this.ended(live);
    this.#goOn(live, draft);
    return { kind: 'begun', arn: facts.arn };
  }

  advance({ machine, execution }: LiveExecution, { inputs }: Draft, nowMs: number): Promise<Step> {
    const { random, evaluator } = this.#parts;
    return advance(machine, execution, inputs, evaluator === undefined ? { nowMs, random } : { nowMs, random, evaluator });
  }

  #goOn(live: LiveExecution, draft: Draft): void {
    if (!live.isBusy) return;
    if (!this.#hasRoom()) {
      this.#takeUp.note();
      return;
    }
    const line = new Line(this, live.journal);
    this.#lines.set(live.journal, line);
    line.begun(live, draft);
  }

  /** Not ahead of those that have waited longer. */
  #hasRoom(): boolean {
    return this.gate.hasRoom && (!this.#takeUp.hasBacklog || this.gate.isHalfEmpty);
  }

  /** Rejects where it could not be written, if somebody asks; else it is taken in when that is mended. */
  async deliver(
    journal: number,
    news: News,
    { isAsked }: { readonly isAsked: boolean },
  ): Promise<Exclude<Settled, { kind: 'failed' }>> {
    const settled = await new Promise<Settled>((settle) => this.#lineOf(journal).put({ news, settle, isAsked }));
    if (settled.kind === 'failed') throw settled.error;
    return settled;
  }

  #lineOf(journal: number): Line {
    let line = this.#lines.get(journal);
    if (line === undefined) {
      line = new Line(this, journal);
      this.#lines.set(journal, line);
    }
    return line;
  }

  /** All in one step. Of one that is stranded the log has said so. */
  async #fire(journal: number, ids: readonly string[]): Promise<void> {
    if (this.gate.isClosed || this.#stranded.has(journal)) return;
    await Promise.all(
      ids.map((timerId) => this.deliver(journal, { kind: 'input', input: { kind: 'timer', timerId } }, { isAsked: false })),
    );
  }

  /** Resolves when its errands are inside the gate. */
  #takenUp(journal: number): Promise<void> {
    return new Promise((resolve) => this.#lineOf(journal).resume(resolve));
  }

  async open(journal: number): Promise<LiveExecution | undefined> {
    const opened = await this.journals.open(journal);
    if (opened === undefined) return undefined;
    return this.#live(opened);
  }

  async #live({ row, revision, head: headText, records, timers }: OpenJournal): Promise<LiveExecution | undefined> {
    const { attributes, head, inputText, execution, errands, hasRootRecord, length } = openExecution(row, headText, records);
    const runnable = await this.#runnableOf(row, attributes.revision);
    const machine = this.compiled.get(runnable);
    if (attributes.type === 'EXPRESS') {
      if (row.endedAtMs === undefined) this.express.resume(row, revision, { runnable, machine, facts: execution.facts });
      return undefined;
    }
    return new LiveExecution({
      journal: row.number,
      revision,
      scope: row.scope,
      runnable,
      machine,
      attributes,
      inputText,
      execution,
      endedAtMs: row.endedAtMs,
      errands,
      chores: head.chores ?? [],
      isWatched: head.watched === true,
      timers,
      hasRootRecord,
      length,
    });
  }

  async #runnableOf(row: JournalRow, revisionId: string): Promise<RunnableMachine> {
    const arn = baseMachineArn(row.scope, machineNameOf(row));
    const runnable = await this.#parts.machines.revision(row.scope, arn, revisionId);
    if (runnable === undefined) throw new Error(`The definition that it began with is gone (${arn}, revision ${revisionId}).`);
    return runnable;
  }

  async deliveriesOf(changed: Changed, nowMs: number): Promise<readonly NewDelivery[] | undefined> {
    const { statusChanges } = this.#parts;
    if (changed.attributes.type === 'EXPRESS' || !statusChanges.isWanted(changed.scope)) return undefined;
    return statusChanges.deliveriesOf(changeOf(changed, nowMs));
  }

  async #newsOfBeginning(live: LiveExecution, nowMs: number): Promise<readonly NewDelivery[] | undefined> {
    const { statusChanges } = this.#parts;
    if (!statusChanges.isWanted(live.scope)) return undefined;
    const begun = await statusChanges.deliveriesOf(changeOf(live, nowMs, 'RUNNING'));
    if (live.endedAtMs === undefined) return begun;
    return [...begun, ...(await statusChanges.deliveriesOf(changeOf(live, nowMs)))];
  }

  committed(live: LiveExecution, draft: Draft, events: readonly HistoryEvent[]): void {
    if (draft.timers.size > 0)
      this.#timers.note(
        live.journal,
        Array.from(draft.timers, ([id, dueAtMs]) => ({ id, dueAtMs })),
      );
    if (events.length > 0) this.#parts.executionLog.wrote(live.runnable, live.execution.facts, events);
    for (const arn of draft.queues) for (const listener of this.#activityListeners) listener(arn);
  }

  /** What was set by a step of which nobody heard is in the store, and so is what it left to be done. */
  unknown(): void {
    this.#timers.refresh();
    this.#takeUp.wake();
  }

  ended(live: LiveExecution): void {
    const { facts, outcome } = live.execution;
    if (outcome === undefined || live.endedAtMs === undefined) return;
    this.#told(live.scope, facts.machineName, facts.arn, { startedAtMs: facts.startedMs, endedAtMs: live.endedAtMs, outcome });
  }

  endedByHand(row: JournalRow, { outcome, event }: FailedByHand): void {
    const end = { startedAtMs: row.startedAtMs, endedAtMs: event.timestampMs, outcome };
    this.#told(row.scope, machineNameOf(row), arnOfRow(row), end);
  }

  #told(
    scope: Scope,
    machineName: string,
    arn: string,
    end: { readonly startedAtMs: number; readonly endedAtMs: number; readonly outcome: Outcome },
  ): void {
    this.ends.tell(arn, end);
    this.#parts.machines.ended(scope, baseMachineArn(scope, machineName));
  }

  onActivityTask(listener: (activityArn: string) => void): () => void {
    this.#activityListeners.add(listener);
    return () => void this.#activityListeners.delete(listener);
  }

  rest(line: Line, isPostponed: boolean): void {
    if (this.#lines.get(line.journal) === line) this.#lines.delete(line.journal);
    if (isPostponed && !this.gate.isClosed) this.#takeUp.note();
    this.#takeUp.wake();
    if (this.#lines.size === 0) this.#onIdle?.();
  }

  strand(journal: number): void {
    this.#stranded.add(journal);
  }

  find(key: JournalKey): Promise<JournalRow | undefined> {
    return this.journals.find(key);
  }

  /** Begins nothing from here on; what is under way may end within the window. */
  async close(windowMs: number): Promise<void> {
    this.gate.close();
    // What is being told goes on within the window, as all that is under way.
    void this.#timers.close();
    this.#takeUp.close();
    const idle = Promise.all([this.#idle(), this.express.idle()]);
    await this.#atMost(windowMs, idle);
    for (const line of this.#lines.values()) line.interrupt();
    this.express.interrupt();
    await this.#atMost(CLOSING_MS, idle);
  }

  async #atMost(windowMs: number, work: Promise<unknown>): Promise<void> {
    const window = Promise.withResolvers<void>();
    const timer = this.clock.after(windowMs, window.resolve);
    await Promise.race([work, window.promise]);
    timer.cancel();
  }

  #idle(): Promise<void> {
    if (this.#lines.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#onIdle = resolve));
  }
}

function baseMachineArn(scope: Scope, machineName: string): string {
  const label = machineName.indexOf('/');
  return machineArn({ scope, name: label === -1 ? machineName : machineName.slice(0, label) });
}
