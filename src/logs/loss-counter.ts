// Counts log lines that could not be kept, for health and the platform's log.

import type { Clock, Log } from '#kernel';

export interface Losses {
  readonly lines: number;
  readonly bytes: number;
  readonly lastAtMs: number | undefined;
  /** When and why the disk did not take a chunk the last time. */
  readonly lastDiskLossAtMs: number | undefined;
  readonly lastDiskError: string | undefined;
}

/** The platform's log hears of it at most so often: a full disk refuses thousands of chunks a second. */
const TOLD_EVERY_MS = 10_000;

export class LossCounter {
  readonly #clock: Clock;
  readonly #log: Log;
  #lines = 0;
  #bytes = 0;
  #lastAtMs: number | undefined;
  #lastDiskLossAtMs: number | undefined;
  #lastDiskError: string | undefined;
  #toldAtMs = -Infinity;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  get losses(): Losses {
    return {
      lines: this.#lines,
      bytes: this.#bytes,
      lastAtMs: this.#lastAtMs,
      lastDiskLossAtMs: this.#lastDiskLossAtMs,
      lastDiskError: this.#lastDiskError,
    };
  }

  count(lines: number, bytes: number): void {
    this.#lines += lines;
    this.#bytes += bytes;
    this.#lastAtMs = this.#clock.now();
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#toldAtMs < TOLD_EVERY_MS) return;
    this.#toldAtMs = nowMs;
    this.#log.write('warn', 'logs.lines-dropped', { lines: this.#lines, bytes: this.#bytes, lastDiskError: this.#lastDiskError });
  }

  noteDisk(error: unknown): void {
    this.#lastDiskLossAtMs = this.#clock.now();
    this.#lastDiskError = error instanceof Error ? error.message : String(error);
  }
}
