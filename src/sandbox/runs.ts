// The invocations of one sandbox that were sent to it and have not ended, in the order in which they were sent.
//
// Owns: which of them have begun and since when, and the one timer for their deadlines.
// Invariants:
//   I1 As many as may run at once have begun, the first ones; the others wait inside. One that waits begins when an answer makes room.
//   I2 A run leaves exactly once: by its answer, by its recall, or with all that are left.
//   I3 Only a run that has begun can be answered, only one that has not and that was called back can be recalled.

import assert from 'node:assert/strict';

import type { Clock, Timer } from '#kernel';
import type { ResponseStream } from './response-stream.ts';
import type { Outcome } from './sandbox.ts';

export interface Run {
  readonly requestId: string;
  /** Goes in with the event and comes back with its answer. */
  readonly nonce: string;
  readonly timeoutMs: number;
  readonly settle: (outcome: Outcome) => void;
  /** Where whoever invoked takes the response as it comes. */
  readonly stream: ResponseStream | undefined;
  /** By the monotonic clock; undefined while it waits inside. */
  beganMs: number | undefined;
  isCalledBack: boolean;
}

interface RunsParts {
  readonly clock: Clock;
  /** A run has taken longer than it may. */
  readonly onOverdue: (run: Run) => void;
  readonly onBegun: () => void;
}

export class Runs {
  readonly #parts: RunsParts;
  readonly #runs: Run[] = [];
  /** How many may run at once. */
  atOnce = 1;
  /** The handler is being loaded: nothing begins before `release`. */
  #isHeld = false;
  /**
   * Runs mostly end in time, so a timer is not cancelled with its run: it rings, sees that nothing is due and falls silent, or goes on
   * with the deadline that is next. Measured: making and cancelling one for each invocation cost 0.9 µs.
   */
  #timer: Timer | undefined;
  #ringsAtMs = Infinity;

  constructor(parts: RunsParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#runs.length;
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    for (const run of this.#runs.slice(0, this.atOnce)) this.#begin(run);
  }

  add(run: Run): void {
    this.#runs.push(run);
    if (!this.#isHeld && this.#runs.length <= this.atOnce) this.#begin(run);
  }

  /** What a chunk of a streamed response may have at most; undefined where no response is being streamed. */
  get chunkBytesMax(): number | undefined {
    let most: number | undefined;
    for (const { stream } of this.#runs) {
      const bytes = stream?.chunkBytesMax;
      if (bytes !== undefined && (most === undefined || bytes > most)) most = bytes;
    }
    return most;
  }

  /** The response that is streamed under this nonce, by a run that has begun. */
  streamOf(nonce: unknown): ResponseStream | undefined {
    return this.#runs.find((run) => run.nonce === nonce && run.beganMs !== undefined)?.stream;
  }

  /** The run that this nonce belongs to, where it has begun. The next one begins, unless this answer was the sandbox's last. */
  answered(nonce: unknown, isLast: boolean): Run | undefined {
    const index = this.#runs.findIndex((run) => run.nonce === nonce && run.beganMs !== undefined);
    if (index < 0) return undefined;
    const run = this.#take(index);
    const next = this.#runs[this.atOnce - 1];
    if (!isLast && next !== undefined) this.#begin(next);
    return run;
  }

  /** The run that did not begin and never will, where it had been called back (I3). */
  recalled(nonce: unknown): Run | undefined {
    const index = this.#runs.findIndex((run) => run.nonce === nonce && run.beganMs === undefined && run.isCalledBack);
    return index < 0 ? undefined : this.#take(index);
  }

  /** Whom to ask for when this invocation is called back; undefined where it has begun, or was called back before. */
  callBack(requestId: string): Run | undefined {
    const run = this.#runs.find((one) => one.requestId === requestId && one.beganMs === undefined && !one.isCalledBack);
    if (run !== undefined) run.isCalledBack = true;
    return run;
  }

  /** Everything that is left, for the end of the sandbox. */
  takeAll(): readonly Run[] {
    this.rest();
    return this.#runs.splice(0);
  }

  /** Nothing runs for a while: not even a timer. */
  rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#ringsAtMs = Infinity;
  }

  #take(index: number): Run {
    const [run] = this.#runs.splice(index, 1);
    assert(run !== undefined, 'I2');
    return run;
  }

  #begin(run: Run): void {
    const nowMs = this.#parts.clock.monotonicMs();
    run.beganMs = nowMs;
    this.#ringBy(nowMs + run.timeoutMs);
    this.#parts.onBegun();
  }

  #ringBy(dueMs: number): void {
    if (dueMs >= this.#ringsAtMs) return;
    this.rest();
    this.#ringsAtMs = dueMs;
    this.#timer = this.#parts.clock.after(dueMs - this.#parts.clock.monotonicMs(), () => this.#ring());
  }

  #ring(): void {
    this.#timer = undefined;
    this.#ringsAtMs = Infinity;
    const nowMs = this.#parts.clock.monotonicMs();
    let nextMs = Infinity;
    for (const run of this.#runs) {
      if (run.beganMs === undefined) break;
      const dueMs = run.beganMs + run.timeoutMs;
      if (dueMs <= nowMs) {
        this.#parts.onOverdue(run);
        return;
      }
      nextMs = Math.min(nextMs, dueMs);
    }
    if (nextMs < Infinity) this.#ringBy(nextMs);
  }
}
