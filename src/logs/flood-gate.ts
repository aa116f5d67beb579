// How much one instance may log: a bucket that fills by the second. Pure but for its own count.

import { LIMITS } from '#kernel';

export class FloodGate {
  #tokens: number = LIMITS.logFloodBurstBytes;
  #atMs: number;

  /** Times are those of a clock that never runs backwards. */
  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  /** Whether `bytes` may pass now. What does not pass costs nothing. */
  pass(bytes: number, nowMs: number): boolean {
    const gained = ((nowMs - this.#atMs) / 1000) * LIMITS.logFloodBytesPerSecond;
    this.#tokens = Math.min(LIMITS.logFloodBurstBytes, this.#tokens + gained);
    this.#atMs = nowMs;
    if (bytes > this.#tokens) return false;
    this.#tokens -= bytes;
    return true;
  }
}
