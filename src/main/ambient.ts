// The real clock, the real randomness and the platform's log: what rooms receive instead of reaching for them.

import { randomBytes, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Clock, Log, LogLevel, Random } from '#kernel';

export const realClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    // Node fires longer delays at once; whoever waits for weeks is called early, looks at the clock and waits again.
    const timer = setTimeout(run, Math.min(delayMs, 2 ** 31 - 1));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

export const realRandom: Random = {
  uuid: () => randomUUID(),
  bytes: (count) => randomBytes(count),
  fraction: () => Math.random(),
};

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** One line of JSON an event. Errors among the fields are written with their stack; the message names what happened. */
export function jsonLog(minimum: LogLevel, write: (line: string) => void): Log {
  return {
    write(level, event, fields = {}) {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(minimum)) return;
      write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields }, plainly)}\n`);
    },
  };
}

function plainly(_name: string, value: unknown): unknown {
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
  return typeof value === 'bigint' ? value.toString() : value;
}
