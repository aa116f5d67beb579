// The CPU that an instance used, shared among its invocations. The kernel's counter is read at most once a millisecond, and many short invocations end
// within one; so what was used between two readings is given to the invocations that end from then on, in proportion to how long they ran,
// until it is used up. The sum is the kernel's, an invocation that runs for a millisecond or more gets its own, and a short one the mean of its time.
//
// Owns: what was used and not yet given to anybody.

export class CpuShares {
  #lastNanos = 0n;
  #unsharedNanos = 0;
  /** Of a millisecond of running. */
  #nanosPerMs = 0;
  /** What ended since the last reading. */
  #endedMs = 0;

  /** The share of an invocation that has ended; `cpuNanos` is the newest reading, which may be the one of before. */
  take(durationMs: number, cpuNanos: bigint): bigint {
    this.#endedMs += durationMs;
    if (cpuNanos > this.#lastNanos) {
      this.#unsharedNanos += Number(cpuNanos - this.#lastNanos);
      this.#nanosPerMs = this.#unsharedNanos / Math.max(this.#endedMs, LEAST_MS);
      this.#lastNanos = cpuNanos;
      this.#endedMs = 0;
    }
    const share = Math.min(this.#unsharedNanos, Math.round(this.#nanosPerMs * Math.max(durationMs, LEAST_MS)));
    this.#unsharedNanos -= share;
    return BigInt(share);
  }
}

/** What has no measurable length still used something. */
const LEAST_MS = 0.001;
