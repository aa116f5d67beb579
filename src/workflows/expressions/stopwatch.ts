// The time that one evaluation has taken of its thread's processor: what others take of the machine meanwhile is not its own.

import { threadCpuUsage } from 'node:process';

const MICROSECONDS = 1000;

/** What an evaluation says that took too long: the words are jsonata's. */
export function overtime(limitMs: number): Error & { readonly code: string; readonly value: number } {
  return Object.assign(new Error(`Evaluation timeout after ${limitMs} milliseconds. Check for infinite loop`), {
    code: 'D1012',
    value: limitMs,
  });
}

/** Asking takes half a microsecond (measured), as long as a short step. */
const STEPS_PER_QUESTION = 16;

export class Stopwatch {
  readonly #limitMs: number;
  readonly #startMs = usedMs();
  #steps = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Called after every step. */
  check(): void {
    this.#steps++;
    if (this.#steps % STEPS_PER_QUESTION === 0 && usedMs() - this.#startMs > this.#limitMs) throw overtime(this.#limitMs);
  }
}

function usedMs(): number {
  const { user, system } = threadCpuUsage();
  return (user + system) / MICROSECONDS;
}
