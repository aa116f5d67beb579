// The delivery queue in memory, as its port describes it, with a script for what a store may do wrong.

import type { ClaimedDelivery, ClaimRequest, DeliveryQueue, NewDelivery } from '#store';

interface Row {
  readonly delivery: NewDelivery;
  claimableAtMs: number;
  attempt: number;
  fence: number;
}

export type DeliveryVerb = keyof DeliveryQueue;

export class MemoryDeliveries implements DeliveryQueue {
  readonly rows = new Map<string, Row>();
  readonly #listeners = new Set<() => void>();
  #fence = 0;
  /** Throws to make a verb fail before it did anything. */
  fault: (verb: DeliveryVerb) => void = () => undefined;

  changed(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async accept(deliveries: readonly NewDelivery[]): Promise<void> {
    this.fault('accept');
    this.#add(deliveries);
  }

  async acceptClaimed(deliveries: readonly NewDelivery[], leaseUntilMs: number): Promise<readonly (number | undefined)[]> {
    this.fault('acceptClaimed');
    return deliveries.map((delivery) => {
      if (this.rows.has(delivery.id)) return undefined;
      const fence = ++this.#fence;
      this.rows.set(delivery.id, { delivery, claimableAtMs: leaseUntilMs, attempt: 1, fence });
      return fence;
    });
  }

  async claimDue({
    lane,
    nowMs,
    leaseMs,
    limit,
    exceptTargets = [],
    targetLimit = Infinity,
  }: ClaimRequest): Promise<readonly ClaimedDelivery[]> {
    this.fault('claimDue');
    return [...this.rows.values()]
      .filter(
        ({ delivery, claimableAtMs }) =>
          delivery.lane === lane && claimableAtMs <= nowMs && !exceptTargets.includes(delivery.target),
      )
      .sort((one, other) => one.claimableAtMs - other.claimableAtMs)
      .filter(firstOfEach(targetLimit))
      .slice(0, limit)
      .map((row) => {
        row.attempt += 1;
        row.fence = ++this.#fence;
        row.claimableAtMs = nowMs + leaseMs;
        return { ...row.delivery, attempt: row.attempt, fence: row.fence, leaseUntilMs: row.claimableAtMs };
      });
  }

  async extend(id: string, fence: number, leaseUntilMs: number): Promise<boolean> {
    this.fault('extend');
    const row = this.#held(id, fence);
    if (row !== undefined) row.claimableAtMs = leaseUntilMs;
    return row !== undefined;
  }

  async settle(id: string, fence: number, followUps: readonly NewDelivery[] = []): Promise<boolean> {
    this.fault('settle');
    if (this.#held(id, fence) === undefined) return false;
    this.rows.delete(id);
    this.#add(followUps);
    return true;
  }

  async reschedule(
    id: string,
    fence: number,
    dueAtMs: number,
    { countAttempt }: { readonly countAttempt: boolean },
  ): Promise<boolean> {
    this.fault('reschedule');
    const row = this.#held(id, fence);
    if (row === undefined) return false;
    row.claimableAtMs = dueAtMs;
    if (!countAttempt) row.attempt -= 1;
    row.fence = ++this.#fence;
    return true;
  }

  async nextDueAtMs(lane: string, afterMs = -Infinity): Promise<number | undefined> {
    this.fault('nextDueAtMs');
    const times = [...this.rows.values()]
      .filter((row) => row.delivery.lane === lane && row.claimableAtMs > afterMs)
      .map((row) => row.claimableAtMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  async count(lane: string, most: number): Promise<number> {
    return Math.min(most, [...this.rows.values()].filter(({ delivery }) => delivery.lane === lane).length);
  }

  async backlog(lane: string): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const { delivery } of this.rows.values())
      if (delivery.lane === lane) counts.set(delivery.target, (counts.get(delivery.target) ?? 0) + 1);
    return counts;
  }

  #add(deliveries: readonly NewDelivery[]): void {
    if (deliveries.length === 0) return;
    for (const delivery of deliveries)
      if (!this.rows.has(delivery.id))
        this.rows.set(delivery.id, { delivery, claimableAtMs: delivery.dueAtMs, attempt: 0, fence: 0 });
    for (const listener of this.#listeners) queueMicrotask(listener);
  }

  #held(id: string, fence: number): Row | undefined {
    const row = this.rows.get(id);
    return row?.fence === fence ? row : undefined;
  }
}

/** Keeps so many rows of each target. */
function firstOfEach(limit: number): (row: Row) => boolean {
  const counts = new Map<string, number>();
  return ({ delivery: { target } }) => {
    const count = (counts.get(target) ?? 0) + 1;
    counts.set(target, count);
    return count <= limit;
  };
}
