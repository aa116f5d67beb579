// Keeps the claims of running deliveries alive: one timer extends them all.
// Owns: which claims this process holds, and which of them it has lost.

import type { Clock, Log, Timer } from '#kernel';
import type { ClaimedDelivery, DeliveryQueue } from '#store';

/**
 * How long a delivery waits whose claimant could not settle it, so a lease is short; extending one costs a small write. What a killed process had
 * is released by the next start.
 */
const LEASE_MS = 15_000;

export class Leases {
  readonly leaseMs = LEASE_MS;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #deliveries: DeliveryQueue;
  readonly #held = new Map<string, { readonly fence: number; lost: boolean }>();
  #timer: Timer | undefined;

  constructor({ clock, log, deliveries }: { clock: Clock; log: Log; deliveries: DeliveryQueue }) {
    this.#clock = clock;
    this.#log = log;
    this.#deliveries = deliveries;
  }

  hold({ id, fence }: ClaimedDelivery): void {
    this.#held.set(id, { fence, lost: false });
    this.#timer ??= this.#clock.after(LEASE_MS / 3, () => this.#extendAll());
  }

  letGo({ id, fence }: ClaimedDelivery): void {
    if (this.#held.get(id)?.fence === fence) this.#held.delete(id);
  }

  /** True as well when this very process has claimed it again since. */
  lost({ id, fence }: ClaimedDelivery): boolean {
    const held = this.#held.get(id);
    return held === undefined || held.fence !== fence || held.lost;
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #extendAll(): void {
    this.#timer = undefined;
    if (this.#held.size === 0) return;
    const untilMs = this.#clock.now() + LEASE_MS;
    for (const [id, held] of this.#held) void this.#extend(id, held, untilMs);
    this.#timer = this.#clock.after(LEASE_MS / 3, () => this.#extendAll());
  }

  /** A failed extension is tried again with the next ones: two of them fit into a lease. */
  async #extend(id: string, held: { readonly fence: number; lost: boolean }, untilMs: number): Promise<void> {
    try {
      if (!(await this.#deliveries.extend(id, held.fence, untilMs)) && this.#held.get(id) === held) held.lost = true;
    } catch (cause) {
      this.#log.write('warn', 'lane.extend-failed', { delivery: id, cause });
    }
  }
}
