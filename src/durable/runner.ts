// Runs durable functions: each execution is invoked until it has ended, and then whenever something that it waits for has changed.
//
// Owns: the runs of this process, and the invocations of other functions that they have begun.
// Never: runs an execution twice at once, or holds an instance while it waits.
// I1: what a step leads to (a run, an invocation, an answer) is begun after the step is committed, and begun again by whoever finds it unfinished.
// I2: a run whose end could not be written is repeated; what it had checkpointed is not.
// I3: an execution that was cut off by the end of a process is busy in its journal, and goes on with the next.
// I4: where nobody knows whether a step was written, its journal is read a little later, and gone on with.

import { JournalTimers } from '#calendar';
import type { Invocations } from '#invocation';
import { LIMITS } from '#kernel';
import type { Clock, Log, Random } from '#kernel';
import { forTenant } from '#registry';
import type { Invocables } from '#registry';
import type { JournalKey, JournalStep, JournalStore } from '#store';
import { Book } from './book.ts';
import type { Present } from './book.ts';
import { ChainedInvokes } from './chained-invokes.ts';
import { Callers } from './callers.ts';
import type { LastRun } from './callers.ts';
import { Draft } from './draft.ts';
import { executionArn } from './execution-arn.ts';
import type { Execution } from './execution.ts';
import { followUpsOf } from './ends.ts';
import { Gate } from './gate.ts';
import type { InvokedFunctionParts } from './invoked-functions.ts';
import type { ExecutionEnd } from './records.ts';
import { newRun, tokenOf } from './run.ts';
import type { Run } from './run.ts';
import { conclude } from './run-conclusion.ts';
import { verdictOf, verdictOfError } from './run-verdict.ts';
import type { RunVerdict } from './run-verdict.ts';
import { statePage } from './state-pages.ts';
import { applyTimers } from './timed-changes.ts';

export interface RunnerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly journals: JournalStore;
  readonly invocables: Pick<Invocables, 'resolve' | 'eventInvokeSettings'>;
  /** Of functions, each once: what a durable one answers is for its execution. */
  readonly invocations: Pick<Invocations, 'invoke'>;
  readonly begin: InvokedFunctionParts['begin'];
}

/** After a failure of the store. */
const RETRY_MS = 1000;
/** Executions that an earlier process left: read at once, and asked for at once. */
const RESUMING = 16;
const RESUMED_PAGE = 500;

interface Committing {
  /** Operations that changed without the function's knowing. */
  readonly changed?: readonly string[];
  /** The run that brought it about. */
  readonly last?: LastRun | undefined;
  /** Throws before anything is written. */
  readonly check?: (records: NonNullable<JournalStep['records']>, draft: Draft) => void;
}

interface Concluded {
  readonly verdict: RunVerdict;
  readonly last?: LastRun | undefined;
}

export class Runner {
  readonly book: Book;
  readonly timers: JournalTimers;
  readonly callers = new Callers();
  readonly #parts: RunnerParts;
  readonly #runs = new Gate(LIMITS.durableRunsAtOnce);
  /** Of executions with much in memory, so that others need not wait for them. */
  readonly #heavyRuns = new Gate(LIMITS.durableRunsAtOnce, () => this.book.weight < LIMITS.durableCharactersInMemory);
  readonly #chained: ChainedInvokes;
  /** Executions whose run waits for its turn. */
  readonly #queued = new Set<number>();
  readonly #underWay = new Set<Promise<void>>();
  #isClosing = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    const { clock, log, journals } = parts;
    this.timers = new JournalTimers({ clock, log, kind: 'durable', journals, fire: (journal, ids) => this.#fire(journal, ids) });
    this.book = new Book({
      journals,
      onTimers: (journal, changes) => this.timers.note(journal, changes),
      onUnknown: (journal) => this.#unknown(async () => journal),
    });
    this.#chained = new ChainedInvokes({
      ...parts,
      runner: this,
      onFailure: (doing, number, cause) => this.#failed(doing, number, cause),
    });
  }

  /** Goes on with everything that an earlier process was at. */
  start(): void {
    this.timers.start();
    this.#background(this.#resume());
  }

  /** Begins nothing more. What runs may go on, and be written down. */
  async stop(): Promise<void> {
    this.#isClosing = true;
    await this.timers.close();
  }

  /** When whatever runs functions is closed: resolves when all that came of it is written down. */
  async settled(): Promise<void> {
    this.callers.close();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    await this.book.settled();
  }

  /** Writes a draft, and begins what it leads to. Operations that it changed behind the back of a run are told to that run. */
  async commit(live: Present, draft: Draft, { changed = [], last, check }: Committing = {}): Promise<void> {
    if (changed.length > 0) draft.wake(changed);
    const step = draft.step();
    check?.(step.records ?? [], draft);
    await this.book.commit(live, draft, step);
    for (const id of changed) live.run?.changed.add(id);
    this.proceed(live, last);
  }

  /** An end, with what follows from it: it is looked up before, so that all of it is one step. */
  async end(draft: Draft, end: ExecutionEnd): Promise<void> {
    draft.end(end, await followUpsOf(this.#parts.invocables, draft.execution, end, draft.nowMs));
  }

  /** I1 */
  proceed(live: Present, last?: LastRun): void {
    const { execution, number } = live;
    const { phase, invoking, tellsParent } = execution.head;
    if (execution.end !== undefined) {
      this.callers.tell(number, { kind: 'ended', end: execution.end, last });
      if (tellsParent === true) this.#background(this.#chained.tellParent(execution, execution.end));
      return;
    }
    if (this.#isClosing) return;
    if (phase === 'due' && live.run === undefined) this.#queueRun(live);
    for (const id of invoking) {
      const operation = execution.operations.get(id);
      if (operation?.type !== 'CHAINED_INVOKE' || live.invoking.has(id)) continue;
      live.invoking.add(id);
      this.#background(this.#chained.carryOut(number, id));
    }
  }

  #queueRun(live: Present): void {
    const { number } = live;
    if (this.#queued.has(number)) return;
    const gate = isHeavy(live) ? this.#heavyRuns : this.#runs;
    const isIn = gate.tryEnter(() => {
      this.#queued.delete(number);
      this.#background(this.#beginQueued(number, gate));
    });
    if (isIn) this.#beginRun(live, gate);
    else this.#queued.add(number);
  }

  async #beginQueued(number: number, gate: Gate): Promise<void> {
    const hasBegun = await this.book
      .with(number, (live) => {
        if (this.#isClosing || live.execution.head.phase !== 'due' || live.run !== undefined) return false;
        this.#beginRun(live, gate);
        return true;
      })
      .catch((cause: unknown) => this.#failed('run', number, cause));
    if (hasBegun !== true) gate.leave();
  }

  #beginRun(live: Present, gate: Gate): void {
    const run = newRun(this.#parts.random, this.#parts.clock.now());
    live.run = run;
    this.#background(this.#run(live.execution, run, gate));
  }

  async #run(execution: Execution, run: Run, gate: Gate): Promise<void> {
    const { number } = execution;
    try {
      const concluded = await this.#invoke(execution, run);
      if (concluded.verdict.kind !== 'closed') await this.#conclude(number, run, concluded);
    } catch (cause) {
      this.#failed('run', number, cause);
    } finally {
      this.book.drop(number, run);
      gate.leave();
    }
  }

  async #invoke({ number, row, facts }: Execution, run: Run): Promise<Concluded> {
    const { invocables, invocations } = this.#parts;
    try {
      const version = await invocables.resolve(row.scope, { name: facts.functionName, qualifier: facts.version });
      const invocable = { ...forTenant(version, facts.tenantId), invokedArn: facts.invokedArn };
      const payload = await this.book.with(number, (live) => this.#payloadOf(live.execution, run));
      // It has ended meanwhile, and nobody waits for the verdict.
      if (payload === undefined) return { verdict: { kind: 'closed' } };
      const { requestId } = run;
      const { traceHeader, clientContext } = facts;
      const wantsTail = this.callers.wantsTail(number);
      const result = await invocations.invoke({ requestId, invocable, payload, traceHeader, clientContext, wantsTail });
      return { verdict: verdictOf(result), last: result.kind === 'answered' ? result : undefined };
    } catch (error) {
      return { verdict: verdictOfError(error) };
    }
  }

  #payloadOf(execution: Execution, run: Run): Uint8Array | undefined {
    const { row, facts, head } = execution;
    if (execution.end !== undefined) return undefined;
    // From now on it knows of all that there is.
    run.changed.clear();
    const { operations, nextMarker } = statePage(execution, { limit: LIMITS.durablePage });
    return Buffer.from(
      JSON.stringify({
        DurableExecutionArn: executionArn(row.scope, row.name, facts),
        CheckpointToken: tokenOf(run),
        ...(head.updated.length === 0 ? undefined : { UpdatedOperationIds: head.updated }),
        InitialExecutionState: { Operations: operations, NextMarker: nextMarker },
      }),
    );
  }

  async #conclude(number: number, run: Run, { verdict, last }: Concluded): Promise<void> {
    await this.book.with(number, async (live) => {
      if (live.run !== run || live.execution.end !== undefined || verdict.kind === 'closed') return;
      const draft = this.draftOf(live);
      const end = conclude(draft, run, verdict);
      if (end !== undefined) await this.end(draft, end);
      live.run = undefined;
      await this.commit(live, draft, { last });
    });
  }

  async #fire(number: number, ids: readonly string[]): Promise<void> {
    await this.book.with(number, async (live) => {
      const { end, timers } = live.execution;
      if (end !== undefined) return;
      const draft = this.draftOf(live);
      // The clock was set back in between.
      const early = ids.filter((id) => (timers.get(id) ?? -Infinity) > draft.nowMs);
      this.timers.note(
        number,
        early.map((id) => ({ id, dueAtMs: timers.get(id) })),
      );
      const { changed, isTimedOut } = applyTimers(draft, ids);
      const { executionTimeoutSeconds } = live.execution.facts;
      const ErrorMessage = `Execution timed out after ${executionTimeoutSeconds} seconds.`;
      if (isTimedOut) await this.end(draft, { status: 'TIMED_OUT', error: { ErrorType: 'Execution.TimedOut', ErrorMessage } });
      if (!draft.isEmpty) await this.commit(live, draft, { changed });
    });
  }

  /** Images have grown while their runs went on, and this is not one that would be alone. */
  isCrowded(live: Present): boolean {
    const { weight } = this.book;
    const ofOthers = weight - live.weight;
    return isHeavy(live) && weight > 2 * LIMITS.durableCharactersInMemory && ofOthers > LIMITS.durableCharactersInMemory;
  }

  draftOf({ execution }: Present): Draft {
    return new Draft(execution, this.#parts.clock.now());
  }

  async #resume(): Promise<void> {
    const { journals } = this.#parts;
    let after = 0;
    while (!this.#isClosing) {
      const page = await journals.busy('durable', after, RESUMED_PAGE).catch((cause: unknown) => {
        this.#parts.log.write('error', 'durable.not-resumed', { cause });
        return undefined;
      });
      if (page === undefined) await new Promise<void>((resolve) => void this.#parts.clock.after(RETRY_MS, resolve));
      else if (page.length === 0) return;
      else
        for (let at = 0; at < page.length; at += RESUMING)
          await Promise.all(page.slice(at, at + RESUMING).map((n) => this.#goOn(n)));
      after = page?.at(-1) ?? after;
    }
  }

  /** From where its journal is. */
  async #goOn(number: number): Promise<void> {
    await this.book.with(number, (live) => this.proceed(live)).catch((cause: unknown) => this.#failed('go on', number, cause));
  }

  /** I4: a start that its caller has not heard of. */
  unknownStart(key: JournalKey): void {
    this.#unknown(async () => (await this.#parts.journals.find(key))?.number);
  }

  /** I4 */
  #unknown(find: () => Promise<number | undefined>): void {
    this.timers.refresh();
    this.#later(async () => {
      const number = await find().catch((cause: unknown) => {
        this.#parts.log.write('error', 'durable.not-found', { cause });
        this.#unknown(find);
        return undefined;
      });
      if (number !== undefined) await this.#goOn(number);
    });
  }

  /** I2, I3: its journal says what is still to be done. */
  #failed(doing: string, number: number, cause: unknown): void {
    this.#parts.log.write('error', 'durable.not-written', { doing, journal: number, cause });
    this.#later(() => this.#goOn(number));
  }

  #later(work: () => Promise<void>): void {
    this.#parts.clock.after(RETRY_MS, () => {
      if (!this.#isClosing) this.#background(work());
    });
  }

  /** What has its own answer to everything that may go wrong. */
  #background(work: Promise<void>): void {
    const underWay = work.finally(() => this.#underWay.delete(underWay));
    this.#underWay.add(underWay);
  }
}

/** So many of those that are not come to what may be in memory. */
const isHeavy = ({ weight }: Present) => weight > LIMITS.durableCharactersInMemory / LIMITS.durableRunsAtOnce;
