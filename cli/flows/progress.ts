// What a history says of each state: how often it was entered, tried, and how it ended. Pure.
//
// Events know which came before them, and only some know their state. So each is traced to the visit that it belongs to; visits know the visit that
// they are within (of a Parallel or a Map), because states of one name run beside each other there.

import type { Flow } from './graph.ts';
import { allStates } from './graph.ts';

/** As GetExecutionHistory answers it; `timestamp` in seconds. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId?: number;
  readonly type: string;
  readonly timestamp: number;
  readonly [details: string]: unknown;
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';

export type Mark = 'succeeded' | 'failed' | 'caught' | 'running' | 'aborted' | 'notReached';

export interface StateProgress {
  readonly mark: Mark;
  /** Visits by how they stand. */
  readonly counts: Readonly<Record<Exclude<Mark, 'notReached'>, number>>;
  readonly visits: number;
  /** How often its work was begun, over all visits. */
  readonly attempts: number;
  readonly enteredMs: number | undefined;
  /** Of the last visit; undefined while it goes on. */
  readonly leftMs: number | undefined;
  /** Together; of visits that go on, until now. */
  readonly spentMs: number;
  readonly error: { readonly error: string; readonly cause: string } | undefined;
  readonly iterations: Iterations | undefined;
  readonly mapRunArn: string | undefined;
}

export interface Iterations {
  readonly total: number | undefined;
  readonly started: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly aborted: number;
}

/** Of distributed maps: what DescribeMapRun says of their items, by ARN. */
export type MapRuns = ReadonlyMap<string, Iterations>;

export interface Progress {
  readonly states: ReadonlyMap<string, StateProgress>;
  /** How often one state followed another: `tookKey(…)`. */
  readonly taken: ReadonlyMap<string, number>;
}

export const NOT_REACHED: StateProgress = {
  mark: 'notReached',
  counts: { succeeded: 0, failed: 0, caught: 0, running: 0, aborted: 0 },
  visits: 0,
  attempts: 0,
  enteredMs: undefined,
  leftMs: undefined,
  spentMs: 0,
  error: undefined,
  iterations: undefined,
  mapRunArn: undefined,
};

export function tookKey(from: string, to: string, isCatch: boolean): string {
  return JSON.stringify([from, to, isCatch]);
}

export function progressOf(
  flow: Flow,
  events: readonly HistoryEvent[],
  at: { readonly status: ExecutionStatus; readonly nowMs: number; readonly mapRuns?: MapRuns },
): Progress {
  const trace = new Trace(containersIn(flow));
  for (const event of events) trace.take(event);
  const isOver = at.status !== 'RUNNING' && at.status !== 'PENDING_REDRIVE';
  if (isOver) trace.blame();
  const lastMs = (events.at(-1)?.timestamp ?? 0) * 1000;
  const untilMs = isOver ? lastMs : Math.max(at.nowMs, lastMs);
  const states = new Map<string, StateProgress>();
  for (const { name } of allStates(flow)) {
    const visits = trace.visits.get(name);
    if (visits !== undefined) states.set(name, together(visits, { isOver, untilMs, mapRuns: at.mapRuns ?? new Map() }));
  }
  return { states, taken: trace.taken };
}

interface Visit {
  readonly name: string;
  readonly type: string;
  readonly within: Visit | undefined;
  readonly enteredId: number;
  readonly enteredMs: number;
  leftMs: number | undefined;
  /** The last thing that happened to it was a failure; when it is left then, the error was caught. */
  failure: { readonly error: string; readonly cause: string } | undefined;
  isCaught: boolean;
  isBlamed: boolean;
  attempts: number;
  /** When its branches or iterations were begun last: those of before are over. */
  startedId: number;
  iterations: { -readonly [Member in keyof Iterations]: Iterations[Member] } | undefined;
  mapRunArn: string | undefined;
}

class Trace {
  readonly visits = new Map<string, Visit[]>();
  readonly taken = new Map<string, number>();
  readonly #owners = new Map<number, Visit | undefined>();
  readonly #left = new Map<number, Visit>();
  /** Which state each is within. */
  readonly #containers: ReadonlyMap<string, string>;
  /** Of the failure that ended the execution. */
  #culprit: Visit | undefined;

  constructor(containers: ReadonlyMap<string, string>) {
    this.#containers = containers;
  }

  take(event: HistoryEvent): void {
    const { id, type, previousEventId = 0 } = event;
    const before = this.#owners.get(previousEventId);
    if (type.endsWith('StateEntered')) this.#owners.set(id, this.#enter(event, before));
    else if (type.endsWith('StateExited')) this.#leave(event, before);
    else this.#note(event, this.#ownerOf(event, before));
  }

  /** Who had not ended when the execution failed: the state that failed, and all that it is within. */
  blame(): void {
    const open = [...this.visits.values()].flat().filter((visit) => visit.leftMs === undefined);
    for (const visit of open)
      if (visit.failure !== undefined || visit.type === 'Fail' || visit === this.#culprit)
        for (let each: Visit | undefined = visit; each !== undefined; each = each.within) each.isBlamed = true;
  }

  #enter(event: HistoryEvent, before: Visit | undefined): Visit {
    const name = String(detailsOf(event, 'stateEnteredEventDetails')['name']);
    const previous = this.#left.get(event.previousEventId ?? 0);
    const visit: Visit = {
      name,
      type: event.type.slice(0, -'StateEntered'.length),
      within: previous === undefined ? (before ?? this.#openVisit(this.#containers.get(name))) : previous.within,
      enteredId: event.id,
      enteredMs: event.timestamp * 1000,
      leftMs: undefined,
      failure: undefined,
      isCaught: false,
      isBlamed: false,
      attempts: 0,
      startedId: 0,
      iterations: undefined,
      mapRunArn: undefined,
    };
    const visits = this.visits.get(name) ?? [];
    visits.push(visit);
    this.visits.set(name, visits);
    if (previous !== undefined) {
      const key = tookKey(previous.name, name, previous.isCaught);
      this.taken.set(key, (this.taken.get(key) ?? 0) + 1);
    }
    return visit;
  }

  #leave(event: HistoryEvent, before: Visit | undefined): void {
    const name = String(detailsOf(event, 'stateExitedEventDetails')['name']);
    const visit = climb(before, (each) => each.name === name && each.leftMs === undefined) ?? this.#openVisit(name);
    if (visit === undefined) return;
    visit.leftMs = event.timestamp * 1000;
    visit.isCaught = visit.failure !== undefined;
    this.#owners.set(event.id, visit);
    this.#left.set(event.id, visit);
  }

  #openVisit(name: string | undefined): Visit | undefined {
    return this.visits.get(name ?? '')?.findLast(({ leftMs }) => leftMs === undefined);
  }

  /** Branches and iterations tell of the state that they are within. */
  #ownerOf(event: HistoryEvent, before: Visit | undefined): Visit | undefined {
    const { type } = event;
    if (type === 'ExecutionRedriven') return undefined;
    const named = nameIn(event);
    if (named !== undefined) return climb(before, ({ name }) => name === named) ?? this.#openVisit(named);
    const kind = /^(Map|Parallel)(?:State|Run)/.exec(type)?.[1];
    if (kind === undefined) return before ?? this.#onlyOpen();
    return climb(before, (each) => each.type === kind) ?? this.#onlyOpen();
  }

  /** After a redrive nothing says whose an event is, unless one state alone goes on. */
  #onlyOpen(): Visit | undefined {
    const open = [...this.visits.values()].flat().filter((visit) => visit.leftMs === undefined && visit.type === 'Task');
    return open.length === 1 ? open[0] : undefined;
  }

  #note(event: HistoryEvent, visit: Visit | undefined): void {
    const { id, type } = event;
    this.#owners.set(id, visit);
    if (type === 'ExecutionFailed' || type === 'ExecutionTimedOut') this.#culprit = type === 'ExecutionFailed' ? visit : undefined;
    if (visit === undefined || type.startsWith('Execution')) return;
    if (/^(?:LambdaFunction|Task|Activity)Scheduled$/.test(type) || /^(?:Map|Parallel)StateStarted$/.test(type)) {
      visit.attempts += 1;
      visit.failure = undefined;
      visit.startedId = id;
    }
    if (type.startsWith('MapIteration')) return noteIteration(visit, type);
    if (type === 'MapStateStarted') {
      const length = Number(detailsOf(event, 'mapStateStartedEventDetails')['length']);
      visit.iterations = { total: Number.isNaN(length) ? undefined : length, started: 0, succeeded: 0, failed: 0, aborted: 0 };
    }
    if (type === 'MapRunStarted') visit.mapRunArn = String(detailsOf(event, 'mapRunStartedEventDetails')['mapRunArn']);
    if (/(?:Failed|TimedOut)$/.test(type)) visit.failure = failureIn(event) ?? visit.failure ?? { error: '', cause: '' };
    else if (type.endsWith('Succeeded')) visit.failure = undefined;
  }
}

function containersIn(flow: Flow): ReadonlyMap<string, string> {
  const containers = new Map<string, string>();
  for (const { name, inner } of allStates(flow))
    for (const { flow: within } of inner) for (const state of within.states) containers.set(state.name, name);
  return containers;
}

function noteIteration(visit: Visit, type: string): void {
  visit.iterations ??= { total: undefined, started: 0, succeeded: 0, failed: 0, aborted: 0 };
  const { iterations } = visit;
  if (type === 'MapIterationStarted') iterations.started += 1;
  else if (type === 'MapIterationSucceeded') iterations.succeeded += 1;
  else if (type === 'MapIterationFailed') iterations.failed += 1;
  else if (type === 'MapIterationAborted') iterations.aborted += 1;
}

function climb(visit: Visit | undefined, fits: (visit: Visit) => boolean): Visit | undefined {
  for (let each = visit; each !== undefined; each = each.within) if (fits(each)) return each;
  return undefined;
}

function markOf(visit: Visit, isOver: boolean): Exclude<Mark, 'notReached'> {
  if (visit.leftMs !== undefined) return visit.isCaught ? 'caught' : 'succeeded';
  if (visit.isBlamed) return 'failed';
  const { within } = visit;
  const isAbandoned = within !== undefined && (within.leftMs !== undefined || within.startedId > visit.enteredId);
  if (!isOver && !isAbandoned) return 'running';
  return visit.failure === undefined ? 'aborted' : 'failed';
}

interface Ends {
  readonly isOver: boolean;
  readonly untilMs: number;
  readonly mapRuns: MapRuns;
}

function together(visits: readonly Visit[], { isOver, untilMs, mapRuns }: Ends): StateProgress {
  const counts = { succeeded: 0, failed: 0, caught: 0, running: 0, aborted: 0 };
  const marks = visits.map((visit) => markOf(visit, isOver));
  for (const mark of marks) counts[mark] += 1;
  const urgent = (['running', 'failed', 'aborted'] as const).find((mark) => counts[mark] > 0);
  const last = visits.at(-1);
  const maps = visits.flatMap(({ iterations, mapRunArn }) => (mapRunArn === undefined ? iterations : mapRuns.get(mapRunArn)) ?? []);
  return {
    mark: urgent ?? marks.at(-1) ?? 'running',
    counts,
    visits: visits.length,
    attempts: visits.reduce((sum, { attempts }) => sum + attempts, 0),
    enteredMs: visits[0]?.enteredMs,
    leftMs: last?.leftMs,
    spentMs: visits.reduce((sum, { enteredMs, leftMs = untilMs }) => sum + Math.max(0, leftMs - enteredMs), 0),
    error: visits.findLast(({ failure }) => failure !== undefined)?.failure,
    iterations: maps.length === 0 ? undefined : maps.reduce(sumOf),
    mapRunArn: last?.mapRunArn,
  };
}

function sumOf(left: Iterations, right: Iterations): Iterations {
  return {
    total: left.total === undefined || right.total === undefined ? undefined : left.total + right.total,
    started: left.started + right.started,
    succeeded: left.succeeded + right.succeeded,
    failed: left.failed + right.failed,
    aborted: left.aborted + right.aborted,
  };
}

function detailsOf(event: HistoryEvent, member: string): Readonly<Record<string, unknown>> {
  return (event[member] ?? {}) as Readonly<Record<string, unknown>>;
}

/** The state that an iteration, or an evaluation that failed, names. */
function nameIn(event: HistoryEvent): string | undefined {
  const details = detailsOf(event, `${event.type.charAt(0).toLowerCase()}${event.type.slice(1)}EventDetails`);
  const name =
    event.type === 'EvaluationFailed' ? details['state'] : event.type.startsWith('MapIteration') ? details['name'] : undefined;
  return typeof name === 'string' ? name : undefined;
}

function failureIn(event: HistoryEvent): Visit['failure'] {
  const details = detailsOf(event, `${event.type.charAt(0).toLowerCase()}${event.type.slice(1)}EventDetails`);
  if (details['error'] === undefined && details['cause'] === undefined) return undefined;
  const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
  return { error: textOf(details['error']), cause: textOf(details['cause']) };
}
