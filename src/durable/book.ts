// The executions that something is going on with: each is read from its journal once, changed by one step at a time, and forgotten when nothing goes on.
//
// Owns: the images of executions in memory.
// Never: keeps one that nobody is with and that no run goes on for: one that waits for a timer or for the outside: a hundred thousand of those are rows, and nothing else.
// I1: what is done with one execution is done one after the other, in the order in which it came.
// I2: an image is what its journal says. Where a step could not be written, or somebody else has written one, the image is thrown away, and so is the
// run that has seen it: its token is worth nothing any more, so that it cannot go on from what was never true.

import { ApiError } from '#kernel';
import type { JournalStep, JournalStore } from '#store';
import type { TimerChange } from '#calendar';
import type { Draft } from './draft.ts';
import { openedExecution } from './execution.ts';
import type { Execution } from './execution.ts';
import type { Run } from './run.ts';

export interface Live {
  readonly number: number;
  execution: Execution | undefined;
  /** An invocation of the function that is under way. */
  run: Run | undefined;
  /** Invocations of other functions that are under way. */
  readonly invoking: Set<string>;
  /** Whoever is with it, or waits for that. */
  users: number;
  line: Promise<unknown>;
  /** Of its image, about: characters. */
  weight: number;
}

/** With its image at hand. */
export interface Present extends Live {
  execution: Execution;
}

export interface BookParts {
  readonly journals: Pick<JournalStore, 'open' | 'append'>;
  /** Told of timers that a committed step has set or cancelled. */
  readonly onTimers: (journal: number, changes: readonly TimerChange[]) => void;
  /** Told where nobody knows whether a step was written. */
  readonly onUnknown: (journal: number) => void;
}

export class Book {
  readonly #parts: BookParts;
  readonly #live = new Map<number, Live>();
  #weight = 0;

  constructor(parts: BookParts) {
    this.#parts = parts;
  }

  /** Executions in memory. */
  get size(): number {
    return this.#live.size;
  }

  /** Characters of the images in memory, about. */
  get weight(): number {
    return this.#weight;
  }

  /** Undefined where there is no such execution (any more). What it is about the work must not wait for another turn of the same execution. */
  with<Result>(number: number, work: (live: Present) => Promise<Result> | Result): Promise<Result | undefined> {
    const live = this.#live.get(number) ?? this.#add(number, undefined);
    return this.#turn(live, work);
  }

  /** The same for one that was begun just now. */
  withNew<Result>(execution: Execution, work: (live: Present) => Promise<Result> | Result): Promise<Result | undefined> {
    const live = this.#live.get(execution.number) ?? this.#add(execution.number, execution);
    return this.#turn(live, work);
  }

  /** Writes the draft's step; only then is it true. */
  async commit(live: Present, draft: Draft, step: JournalStep = draft.step()): Promise<void> {
    const { execution } = draft;
    const isWritten = await this.#parts.journals.append(live.number, execution.revision, step).catch((cause: unknown) => {
      this.#discard(live);
      this.#parts.onUnknown(live.number);
      throw cause;
    });
    if (!isWritten) {
      this.#discard(live);
      throw new ApiError('ServiceException', 'The execution has gone on elsewhere. Send the request again.');
    }
    draft.apply();
    this.#weigh(live);
    this.#parts.onTimers(live.number, step.timers ?? []);
  }

  /** A run that ends without anybody having been told. */
  drop(number: number, run: Run): void {
    const live = this.#live.get(number);
    if (live?.run !== run) return;
    live.run = undefined;
    this.#forgetIdle(live);
  }

  /** The same for an invocation of another function. */
  doneInvoking(number: number, operationId: string): void {
    const live = this.#live.get(number);
    if (live === undefined) return;
    live.invoking.delete(operationId);
    this.#forgetIdle(live);
  }

  /** Resolves when nobody is with any execution. */
  async settled(): Promise<void> {
    while ([...this.#live.values()].some(({ users }) => users > 0))
      await Promise.allSettled([...this.#live.values()].map(({ line }) => line));
  }

  #discard(live: Live): void {
    live.execution = undefined;
    this.#weigh(live);
    if (live.run !== undefined) live.run.isVoid = true;
  }

  #add(number: number, execution: Execution | undefined): Live {
    const live: Live = {
      number,
      execution,
      run: undefined,
      invoking: new Set(),
      users: 0,
      line: Promise.resolve(),
      weight: 0,
    };
    this.#live.set(number, live);
    this.#weigh(live);
    return live;
  }

  #turn<Result>(live: Live, work: (live: Present) => Promise<Result> | Result): Promise<Result | undefined> {
    live.users += 1;
    const turn = live.line.then(async () => {
      try {
        return (await this.#isPresent(live)) ? await work(live as Present) : undefined;
      } finally {
        live.users -= 1;
        this.#forgetIdle(live);
      }
    });
    // Whoever comes next does not care how this went.
    live.line = turn.catch(() => undefined);
    return turn;
  }

  async #isPresent(live: Live): Promise<boolean> {
    if (live.execution === undefined) {
      const opened = await this.#parts.journals.open(live.number);
      // Whoever knows a number from outside may mean another kind of journal.
      if (opened?.row.kind === 'durable') live.execution = openedExecution(opened);
      this.#weigh(live);
    }
    return live.execution !== undefined;
  }

  #forgetIdle(live: Live): void {
    if (live.users > 0 || live.run !== undefined) return;
    // What other functions are at is known by its name.
    live.execution = undefined;
    this.#weigh(live);
    if (live.invoking.size === 0) this.#live.delete(live.number);
  }

  #weigh(live: Live): void {
    const { execution } = live;
    const weight = execution === undefined ? 0 : execution.head.writtenBytes;
    this.#weight += weight - live.weight;
    live.weight = weight;
  }
}
