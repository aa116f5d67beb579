// The line of one execution: news wait here, one step takes in all that wait, and what it asks for is begun when it is on the disk.
//
// Owns: the execution in memory, the news that wait for it, and what is under way for it outside.
// Never: has two steps under way, answers before the step is on the disk, or carries out what a step asks for before that.
// I1: a step that could not be written is forgotten with the execution that it was made on, which is read again. Whoever waits for an answer is
//     told; what nobody waits for (the end of a task, a timer) is taken in again.
// I2: an execution that cannot go on by a fault of ours ends FAILED and says why. Where even that cannot be written, the log says so.
// I3: what its journal says is to be done is under way here, or postponed, which its runner is told of.

import assert from 'node:assert/strict';
import type { Timer } from '#kernel';
import { StoreFailure } from '#store';
import type { Step } from '#workflows';
import { carryOut, doChore, newsOfBug } from './carry-out.ts';
import { Draft } from './draft.ts';
import { choreId, errandId, isToDo } from './errands.ts';
import type { Chore, Errand } from './errands.ts';
import { failedByHand } from './failed-by-hand.ts';
import type { LineHost } from './line-host.ts';
import type { LiveExecution } from './live-execution.ts';
import { admit } from './news.ts';
import type { News } from './news.ts';

export type Settled =
  /** By a step that is on the disk. */
  | { readonly kind: 'taken'; readonly atMs: number }
  /** It does not wait for it, or is over. */
  | { readonly kind: 'passed-over'; readonly reason?: string }
  | { readonly kind: 'failed'; readonly error: unknown };

export type Arrival = {
  readonly news: News;
  readonly settle: ((settled: Settled) => void) | undefined;
  /** Whether its caller is told of a failure; else it is taken in again. */
  readonly isAsked: boolean;
};

const NOTHING: Step = { events: [], commands: [], touched: new Set(), touchedProgress: new Set(), more: false };
const PASSED_OVER: Settled = { kind: 'passed-over' };
/** Somebody else wrote to its journal, which nobody should: so often, one after the other, it is read again. */
const STALE_MAX = 5;
/** After a failure of the store, doubled each time. */
const RETRY_MS = 1000;
const RETRY_MOST_MS = 30_000;

/** Its journal is not at the revision at which it was read. */
class Stale extends Error {}

export class Line {
  readonly journal: number;
  readonly #host: LineHost;
  readonly #underWay = new Map<string, AbortController | undefined>();
  #live: LiveExecution | undefined;
  #inbox: Arrival[] = [];
  /** What the step under way has taken. */
  #taking: readonly Arrival[] = [];
  #isRunning = false;
  /** It is to be read, and gone on with; and who wants to know when that was tried. */
  #isResuming = false;
  #resumers: (() => void)[] = [];
  #isPostponed = false;
  #retry: Timer | undefined;
  #failures = 0;
  #stale = 0;
  #weight = 0;

  constructor(host: LineHost, journal: number) {
    this.#host = host;
    this.journal = journal;
  }

  get isIdle(): boolean {
    return !this.#isRunning && this.#inbox.length === 0 && this.#underWay.size === 0 && this.#retry === undefined;
  }

  /** An execution that was just begun, with what its first step asked for. */
  begun(live: LiveExecution, draft: Draft): void {
    this.#live = live;
    this.#weigh(live.weight);
    this.#beginAll(live, draft);
    if (live.execution.ready.length > 0) this.#wake();
    else this.#rest();
  }

  put(arrival: Arrival): void {
    this.#inbox.push(arrival);
    this.#wake();
  }

  /** Goes on with what its journal says is to be done. */
  resume(resumed?: () => void): void {
    if (resumed !== undefined) this.#resumers.push(resumed);
    this.#isResuming = true;
    this.#wake();
  }

  /** The platform goes down: what is under way is the next process's. */
  interrupt(): void {
    for (const controller of this.#underWay.values()) controller?.abort();
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#rest();
  }

  #wake(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (this.#inbox.length > 0 || this.#isResuming || this.#isUnfinished()) {
      try {
        await this.#turn();
        this.#failures = 0;
        this.#stale = 0;
      } catch (error) {
        if (!(await this.#recover(error))) break;
      }
      this.#tellResumers();
    }
    this.#tellResumers();
    this.#isRunning = false;
    this.#rest();
  }

  #tellResumers(): void {
    if (this.#resumers.length === 0) return;
    const resumers = this.#resumers;
    this.#resumers = [];
    for (const resumed of resumers) resumed();
  }

  #isUnfinished(): boolean {
    return (this.#live?.execution.ready.length ?? 0) > 0;
  }

  #rest(): void {
    if (!this.isIdle) return;
    this.#weigh(0);
    this.#host.rest(this, this.#isPostponed);
  }

  #weigh(weight: number): void {
    this.#host.gate.weigh(weight - this.#weight);
    this.#weight = weight;
  }

  async #turn(): Promise<void> {
    const live = await this.#opened();
    this.#isResuming = false;
    const arrivals = this.#inbox;
    this.#inbox = [];
    if (live === undefined) {
      for (const arrival of arrivals) arrival.settle?.(PASSED_OVER);
      return;
    }
    this.#taking = arrivals;
    const draft = new Draft();
    const nowMs = this.#host.clock.now();
    const taken: Arrival[] = [];
    for (const arrival of arrivals) {
      const admission = admit(live, arrival.news, draft, nowMs);
      if (admission.kind === 'taken') taken.push(arrival);
      else arrival.settle?.(admission);
    }
    this.#taking = taken;
    if (draft.inputs.length > 0 || draft.isChanged || draft.timers.size > 0 || live.execution.ready.length > 0)
      await this.#step(live, draft, nowMs);
    this.#taking = [];
    for (const arrival of taken) arrival.settle?.({ kind: 'taken', atMs: nowMs });
    this.#beginAll(live, draft);
  }

  async #step(live: LiveExecution, draft: Draft, nowMs: number): Promise<void> {
    const host = this.#host;
    const goesOn = draft.inputs.length > 0 || live.execution.ready.length > 0;
    const wasOver = live.endedAtMs !== undefined;
    const step = goesOn ? await host.advance(live, draft, nowMs) : NOTHING;
    const written = live.take(step, draft, nowMs);
    const deliveries = wasOver === (live.endedAtMs !== undefined) ? undefined : await host.deliveriesOf(live, nowMs);
    const toWrite = deliveries === undefined ? written : { ...written, deliveries };
    if (!(await host.journals.append(live.journal, live.revision, toWrite))) throw new Stale();
    live.revision++;
    host.committed(live, draft, step.events);
    if (!wasOver && live.endedAtMs !== undefined) host.ended(live);
  }

  async #opened(): Promise<LiveExecution | undefined> {
    if (this.#live !== undefined) return this.#live;
    const live = await this.#host.open(this.journal);
    this.#live = live;
    if (live === undefined) return undefined;
    this.#weigh(live.weight);
    this.#abortAllBut(live);
    this.#isPostponed = true;
    return live;
  }

  #abortAllBut(live: LiveExecution): void {
    const wanted = new Set([...live.errands.values()].filter(isToDo).map(errandId));
    for (const [id, controller] of this.#underWay) if (!wanted.has(id)) controller?.abort();
  }

  /** What is on the disk may be begun. */
  #beginAll(live: LiveExecution, draft: Draft): void {
    for (const id of draft.aborted) this.#underWay.get(id)?.abort();
    if (this.#isPostponed) {
      this.#isPostponed = false;
      for (const errand of live.errands.values()) if (isToDo(errand)) this.#begin(live, errand);
    } else for (const errand of draft.toDo.values()) this.#begin(live, errand);
    for (const chore of live.chores) this.#beginChore(live, chore);
  }

  #begin(live: LiveExecution, errand: Errand): void {
    const id = errandId(errand);
    if (this.#underWay.has(id)) return;
    const isBeingCancelled = live.chores.some((chore) => chore.kind === 'cancel-map-run' && chore.mapRunId === id);
    if (isBeingCancelled || !this.#host.gate.enter()) {
      this.#isPostponed = true;
      return;
    }
    const controller = new AbortController();
    this.#underWay.set(id, controller);
    carryOut(this.#host.carriers, live, errand, controller.signal).then(
      (news) => {
        this.#over(id);
        if (news !== undefined) this.put({ news, settle: undefined, isAsked: false });
        else this.#interrupted(controller.signal.aborted);
      },
      (error: unknown) => this.#failedOutside(id, error, newsOfBug(errand, error)),
    );
  }

  #over(id: string): void {
    this.#underWay.delete(id);
    this.#host.gate.leave();
  }

  #beginChore(live: LiveExecution, chore: Chore): void {
    const id = choreId(chore);
    if (this.#underWay.has(id) || this.#host.gate.isClosed) return;
    // A run that is being begun can be cancelled when it has begun.
    if (chore.kind === 'cancel-map-run' && this.#underWay.has(chore.mapRunId)) return;
    this.#host.gate.enterAnyway();
    this.#underWay.set(id, undefined);
    doChore(this.#host.carriers, live, chore).then(
      () => {
        this.#over(id);
        this.put({ news: { kind: 'chore-done', id }, settle: undefined, isAsked: false });
      },
      (error: unknown) => this.#failedOutside(id, error, { kind: 'chore-done', id }),
    );
  }

  /** Cut off: unless nobody waits for it any more, it is still to be done. */
  #interrupted(isGivenUp: boolean): void {
    if (this.#host.gate.isClosed) this.#isPostponed = true;
    else if (!isGivenUp) this.#retryLater();
    this.#rest();
  }

  #failedOutside(id: string, error: unknown, instead: News | undefined): void {
    this.#over(id);
    const { log, gate } = this.#host;
    if (gate.isClosed) return this.#interrupted(true);
    log.write('error', 'execution.errand-failed', { journal: this.journal, errand: id, cause: error });
    if (error instanceof StoreFailure || instead === undefined) {
      this.#isPostponed = true;
      this.#retryLater();
    } else this.put({ news: instead, settle: undefined, isAsked: false });
  }

  #retryLater(): void {
    if (this.#retry !== undefined || this.#host.gate.isClosed) return;
    const delayMs = Math.min(RETRY_MS * 2 ** this.#failures, RETRY_MOST_MS);
    this.#failures++;
    this.#retry = this.#host.clock.after(delayMs, () => {
      this.#retry = undefined;
      this.#live = undefined;
      this.resume();
    });
  }

  /** False where there is nothing to be done for now. */
  async #recover(error: unknown): Promise<boolean> {
    this.#live = undefined;
    if (error instanceof StoreFailure) {
      this.#host.unknown();
      this.#failTaken(error);
      this.#isResuming = false;
      this.#retryLater();
      return false;
    }
    if (error instanceof Stale && ++this.#stale <= STALE_MAX) {
      this.#inbox.unshift(...this.#taking);
      this.#taking = [];
      this.#isResuming = true;
      return true;
    }
    try {
      await this.#failByHand(error);
    } catch (second) {
      return this.#strand(error, second);
    }
    return true;
  }

  #failTaken(error: unknown): void {
    // What came while the journal could not even be read is there too.
    const waiting = [...this.#taking, ...this.#inbox];
    this.#taking = [];
    this.#inbox = waiting.filter(({ isAsked }) => !isAsked);
    for (const { isAsked, settle } of waiting) if (isAsked) settle?.({ kind: 'failed', error });
  }

  /** I2. */
  async #failByHand(reason: unknown): Promise<void> {
    const { clock, journals, log } = this.#host;
    log.write('error', 'execution.failed-by-fault', { journal: this.journal, cause: reason });
    const journal = await journals.open(this.journal);
    if (journal === undefined || journal.row.endedAtMs !== undefined) throw reason;
    const nowMs = clock.now();
    const failed = failedByHand(journal, reason, nowMs);
    const deliveries = await this.#host.deliveriesOf(failed.changed, nowMs);
    const step = deliveries === undefined ? failed.step : { ...failed.step, deliveries };
    assert(await journals.append(this.journal, journal.revision, step), 'nobody else writes to its journal');
    this.#host.endedByHand(journal.row, failed);
    for (const { settle } of this.#taking) settle?.(PASSED_OVER);
    this.#taking = [];
    this.#isResuming = failed.step.isBusy;
    for (const controller of this.#underWay.values()) controller?.abort();
  }

  #strand(error: unknown, second: unknown): boolean {
    if (second instanceof StoreFailure) {
      this.#host.unknown();
      this.#failTaken(second);
      this.#retryLater();
      return false;
    }
    this.#host.log.write('error', 'execution.stranded', { journal: this.journal, cause: error, secondCause: second });
    for (const { settle } of [...this.#taking, ...this.#inbox]) settle?.({ kind: 'failed', error });
    this.#taking = [];
    this.#inbox = [];
    this.#isResuming = false;
    this.#isPostponed = false;
    this.#host.strand(this.journal);
    return false;
  }
}
