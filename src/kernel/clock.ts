// Time as a port: production passes the real one, tests and the simulator a clock that they turn by hand.

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall-clock time in epoch milliseconds. */
  now(): number;
  /** Milliseconds that never run backwards; only differences mean anything. What durations and bills are measured with. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`. A pending timer does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer;
}
