// A map run that goes on: takes in how its children ended, begins others, and ends when there are none left or too many failed.
//
// Owns: the run's head as its journal has it, and what was asked of the run and no step has taken in yet.
// Never: begins or ends a child before the step that says so is on the disk; takes two steps at once.
// Invariants: a child is under way here exactly while its index is among the head's running ones (but for a moment around a step); where a step could
// not be written, nothing that it would have changed has changed.

import assert from 'node:assert/strict';
import { ApiError, LIMITS } from '#kernel';
import type { Clock, Log } from '#kernel';
import type { JournalStep, JournalStore } from '#store';
import type { Json } from '#workflows';
import type { ChildExecutions } from '../running/execution-requests.ts';
import { ChildrenUnderWay } from './children-under-way.ts';
import { chooseChildren } from './choosing.ts';
import type { Choice } from './choosing.ts';
import { InputReader } from './input-chunks.ts';
import type { RunContext } from './map-run-context.ts';
import { exceedsTolerance, withBegun, withChange, withEnded } from './map-run-head.ts';
import type { MapRunEnding, MapRunHead } from './map-run-head.ts';
import type { Deliver } from './map-port.ts';
import type { MapRunChange } from './map-run-requests.ts';
import { outcomeRecord } from './outcomes.ts';
import { collectResults, writerProblem } from './results/results.ts';
import type { Collected, ResultParts } from './results/results.ts';
import type { Turnstile } from './turnstile.ts';

export interface OpenMapRunParts extends ResultParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly journals: JournalStore;
  readonly children: ChildExecutions;
  readonly deliver: Deliver;
  /** Files of results are written by one run at a time: what that holds in memory is held once. */
  readonly collecting: Turnstile;
}

type Asked = { readonly change: MapRunChange | 'cancel'; readonly done: () => void; readonly refuse: (error: unknown) => void };

/** Until a disk that was full is tried again. */
const RETRY_MS = 5000;

export class OpenMapRun {
  readonly context: RunContext;
  /** Resolves when it is over; never, where the process ends before. */
  readonly over: Promise<void>;
  readonly #isOver: () => void;
  readonly #parts: OpenMapRunParts;
  readonly #inputs: InputReader;
  readonly #children: ChildrenUnderWay;
  #head: MapRunHead;
  #asked: Asked[] = [];
  #isResumed = false;
  #mayBegin = false;
  #isChecked: boolean;
  #isClosed = false;
  #isWoken = false;
  #steps: Promise<void> | undefined;

  constructor(parts: OpenMapRunParts, context: RunContext, head: MapRunHead) {
    this.#parts = parts;
    this.context = context;
    this.#head = head;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.over = promise;
    this.#isOver = resolve;
    this.#isChecked = head.next > 0;
    this.#inputs = new InputReader(parts.journals, context.journal, context.plan.firsts);
    this.#children = new ChildrenUnderWay(parts, { context, inputs: this.#inputs, onEnded: () => this.#wake() });
  }

  get head(): MapRunHead {
    return this.#head;
  }

  /** Once for each process that has it: what an earlier one began is taken up. Until it is let in, it begins nothing new. */
  async resume(): Promise<void> {
    try {
      await this.#children.takeUp(this.#head);
    } catch (error) {
      this.#parts.log.write('warn', 'map-run.not-resumed', { mapRun: this.context.plan.mapRunArn, error: String(error) });
      return this.#later(() => void this.resume());
    }
    this.#isResumed = true;
    this.#wake();
  }

  letIn(): void {
    this.#mayBegin = true;
    this.#wake();
  }

  /** Resolves when it is on the disk. */
  ask(change: MapRunChange | 'cancel'): Promise<void> {
    return new Promise((done, refuse) => {
      this.#asked.push({ change, done, refuse });
      this.#wake();
    });
  }

  /** Resolves when no step is under way; nothing follows. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#children.close();
    await this.#steps;
  }

  #wake(): void {
    this.#isWoken = true;
    if (this.#isClosed || !this.#isResumed || this.#steps !== undefined) return;
    this.#steps = this.#takeSteps().finally(() => {
      this.#steps = undefined;
      if (this.#isWoken) this.#wake();
    });
  }

  async #takeSteps(): Promise<void> {
    try {
      while (this.#isWoken && !this.#isClosed) {
        this.#isWoken = false;
        while (!this.#isClosed && (await this.#step()));
      }
    } catch (error) {
      this.#isWoken = false;
      this.#parts.log.write('warn', 'map-run.step-failed', { mapRun: this.context.plan.mapRunArn, error: String(error) });
      this.#later(() => this.#wake());
    }
  }

  #later(run: () => void): void {
    this.#parts.clock.after(RETRY_MS, () => {
      if (!this.#isClosed) run();
    });
  }

  /** False where nothing was to be done. */
  async #step(): Promise<boolean> {
    switch (this.#head.phase) {
      case 'running':
      case 'stopping':
        return this.#goOn();
      case 'collecting':
        return this.#collect();
      case 'telling':
        this.#answerLate();
        return this.#tell();
      case 'filling':
      case 'over':
        this.#answerLate();
        return false;
      default:
        return this.#head.phase satisfies never;
    }
  }

  /** It has ended: there is nothing to cancel, and nothing to change. */
  #answerLate(): void {
    for (const { change, done, refuse } of this.#asked.splice(0)) {
      if (change === 'cancel') done();
      else refuse(notRunning(this.context.plan.mapRunArn));
    }
  }

  async #goOn(): Promise<boolean> {
    const { totals } = this.context.plan;
    const ended = this.#children.endedForStep();
    const asked = [...this.#asked];
    let head = withEnded(
      this.#head,
      ended.map(({ index, items, redrives, end }) => ({
        index,
        items,
        redrives,
        status: end?.outcome.status,
        isRedrivable: end?.redriveRefusal === undefined,
      })),
    );
    head = askedOf(head, asked);
    if (head.phase === 'running') head = await this.#checked(head);
    if (head.phase === 'running' && exceedsTolerance(head, totals)) head = stopping(head, THRESHOLD);
    const { begun, looked } = await this.#choose(head);
    head = withBegun(
      looked === undefined || head.redrive === undefined ? head : { ...head, redrive: { ...head.redrive, after: looked } },
      begun,
    );
    if (head.phase === 'stopping' && head.running === '') head = { ...head, phase: 'collecting' };
    if (isDone(head, totals.executions)) head = { ...head, phase: 'collecting', ending: { kind: 'succeeded' } };
    if (head === this.#head) return false;
    const wasStopping = this.#head.phase === 'stopping';
    const round = head.redrive?.count ?? 0;
    const records = ended.flatMap(({ index, redrives, end }) =>
      end === undefined ? [] : [outcomeRecord(index, end, { redrives, round })],
    );
    await this.#write(head, { records, isBusy: true }, asked);
    this.#children.settle(ended);
    for (const child of begun) this.#children.begin(child);
    if (head.phase === 'stopping' && !wasStopping) this.#children.stopAll();
    if (begun.length === 0) this.#inputs.forget();
    return true;
  }

  /** A result writer that cannot write is told of before anything begins. */
  async #checked(head: MapRunHead): Promise<MapRunHead> {
    if (this.#isChecked) return head;
    const problem = await writerProblem(this.#parts, this.context);
    this.#isChecked = true;
    return problem === undefined ? head : stopping(head, { kind: 'failed', error: 'States.ResultWriterFailed', cause: problem });
  }

  async #choose(head: MapRunHead): Promise<Choice> {
    if (head.phase !== 'running' || !this.#mayBegin) return { begun: [], looked: undefined };
    return chooseChildren({ journals: this.#parts.journals, inputs: this.#inputs, context: this.context }, head);
  }

  async #collect(): Promise<boolean> {
    const collect = (): Promise<Collected> => collectResults(this.#parts, this.context);
    // Without a writer it is small, and waits for nobody.
    const collected = await (this.context.plan.resultWriter === undefined ? collect() : this.#parts.collecting.pass(collect));
    const asked = [...this.#asked];
    const asking = askedOf(this.#head, asked);
    const ending = endingOf(asking.ending ?? { kind: 'succeeded' }, collected);
    const written = collected.kind === 'output' ? collected.written : { executions: 0, items: 0 };
    const head: MapRunHead = {
      ...asking,
      phase: ending.kind === 'aborted' ? 'over' : 'telling',
      ending,
      executions: { ...asking.executions, written: written.executions },
      items: { ...asking.items, written: written.items },
    };
    const endedAtMs = this.#parts.clock.now();
    const status = { status: STATUSES[ending.kind], endedAtMs, expiresAtMs: endedAtMs + LIMITS.executionKeptMs };
    const body = ending.kind === 'succeeded' && collected.kind === 'output' ? JSON.stringify(collected.output) : undefined;
    await this.#write(head, { status, records: [{ key: OUTPUT, body }], isBusy: head.phase === 'telling' }, asked);
    if (head.phase === 'over') this.#isOver();
    return true;
  }

  async #tell(): Promise<boolean> {
    const { executionArn, mapRunArn: mapRunId } = this.context.plan;
    const { ending } = this.#head;
    if (ending?.kind === 'failed') {
      const { error, cause } = ending;
      await this.#parts.deliver(executionArn, { kind: 'map-run-failed', mapRunId, error, cause });
    } else {
      const [record] = await this.#parts.journals.records(this.context.journal, { prefix: OUTPUT, limit: 1 });
      assert(record !== undefined);
      const output: Json = JSON.parse(record.body);
      await this.#parts.deliver(executionArn, { kind: 'map-run-succeeded', mapRunId, output });
    }
    await this.#write({ ...this.#head, phase: 'over' }, { records: [{ key: OUTPUT, body: undefined }], isBusy: false }, []);
    this.#isOver();
    return true;
  }

  async #write(next: MapRunHead, step: Omit<JournalStep, 'head'>, asked: readonly Asked[]): Promise<void> {
    const { revision } = this.#head;
    const head = { ...next, revision: revision + 1 };
    try {
      const isWritten = await this.#parts.journals.append(this.context.journal, revision, { ...step, head: JSON.stringify(head) });
      if (!isWritten) throw new Error('somebody else went on with it, or it is gone');
    } catch (error) {
      // Who wants a change asks again; who cancels is answered when it is done.
      const refused = asked.filter(({ change }) => change !== 'cancel');
      this.#asked = this.#asked.filter((each) => !refused.includes(each));
      for (const { refuse } of refused) refuse(error);
      throw error;
    }
    this.#head = head;
    this.#asked = this.#asked.filter((each) => !asked.includes(each));
    for (const { done } of asked) done();
  }
}

const OUTPUT = 'output';
const STATUSES = { succeeded: 'SUCCEEDED', failed: 'FAILED', aborted: 'ABORTED' } as const;
const THRESHOLD: MapRunEnding = {
  kind: 'failed',
  error: 'States.ExceedToleratedFailureThreshold',
  cause: 'The specified tolerated failure threshold was exceeded',
};

export function notRunning(mapRunArn: string): ApiError {
  return new ApiError('ValidationException', `Map Run '${mapRunArn}' is not running, and cannot be updated`);
}

function stopping(head: MapRunHead, ending: MapRunEnding): MapRunHead {
  return { ...head, phase: 'stopping', ending };
}

function askedOf(head: MapRunHead, asked: readonly Asked[]): MapRunHead {
  let next = head;
  for (const { change } of asked) {
    if (change !== 'cancel') next = withChange(next, change);
    else if (next.phase === 'running') next = stopping(next, { kind: 'aborted' });
    else next = { ...next, ending: { kind: 'aborted' } };
  }
  return next;
}

function isDone(head: MapRunHead, total: number): boolean {
  return head.phase === 'running' && head.running === '' && head.next >= total && head.executions.pendingRedrive === 0;
}

/** What could not be put together fails a run that had succeeded. */
function endingOf(ending: MapRunEnding, collected: Collected): MapRunEnding {
  if (ending.kind !== 'succeeded' || collected.kind === 'output') return ending;
  return { kind: 'failed', error: collected.error, cause: collected.cause };
}
