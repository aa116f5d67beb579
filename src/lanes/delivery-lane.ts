// Claims the due deliveries of one lane and runs them.
// Owns: the claims of this process on the lane, their leases, and which targets are held back.
// Never: polls. It wakes by notice, by the time at which the next delivery is due or a held target is let go, and when there is room again.
// I1: whoever runs a delivery settles it or gives it back; what is left is claimed again when its lease ends.
// I2: a claim whose lease was lost settles nothing.
// I3: never more than the bounds say run or are held in memory; of one target at most twice its share.
// I4: what is accepted and run at once takes half of the places at most, so that whatever waits is never starved by what comes.

import type { Clock, Log, Timer } from '#kernel';
import type { ClaimedDelivery, DeliveryQueue, NewDelivery, Unsubscribe } from '#store';
import { Leases } from './leases.ts';

export interface LaneBounds {
  readonly inFlight: number;
  /** A claim takes no more of one target, and none of one that has so many in flight. */
  readonly inFlightPerTarget: number;
  /** Claims stop when payloads in flight pass this; the last claim may overshoot by what the store lets one claim take. */
  readonly bytesInFlight: number;
}

export interface LaneParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly deliveries: DeliveryQueue;
  /** The store's notice that there is something new to claim in this lane. */
  readonly onChanged: (listener: () => void) => Unsubscribe;
  readonly lane: string;
  readonly bounds: LaneBounds;
  /** Runs a delivery to its end. What it throws is logged, and the delivery comes back when its lease ends. */
  readonly run: (claim: Claim) => Promise<unknown>;
}

/** A delivery while this process has it. */
export interface Claim {
  readonly delivery: ClaimedDelivery;
  readonly isLost: () => boolean;
  /** Done for good; what follows is accepted in the same step. False when the lease was lost. */
  readonly settle: (followUps?: readonly NewDelivery[]) => Promise<boolean>;
  readonly giveBack: (dueAtMs: number, options: { readonly countAttempt: boolean }) => Promise<boolean>;
}

/** After a failure of the store. */
const RETRY_MS = 1000;
/** A target more is not held back; its deliveries wait by themselves. */
const HELD_TARGETS_MAX = 1000;

export class DeliveryLane {
  readonly #parts: LaneParts;
  readonly #leases: Leases;
  readonly #running = new Set<Promise<unknown>>();
  readonly #runningByTarget = new Map<string, number>();
  readonly #heldUntilMs = new Map<string, number>();
  readonly #accepting = new Set<Promise<unknown>>();
  #reserved = 0;
  #unsubscribe: Unsubscribe | undefined;
  #timer: Timer | undefined;
  /** When the timer rings. */
  #wakesAtMs = Infinity;
  #claiming: Promise<void> | undefined;
  /** Something happened while a claim was under way: look again. */
  #wokenMeanwhile = false;
  /** The last claim ended since there was no room for more. */
  #hasNoRoom = false;
  #bytes = 0;
  /** The last claim failed. */
  #isFailing = false;
  #closed = false;

  constructor(parts: LaneParts) {
    this.#parts = parts;
    this.#leases = new Leases(parts);
  }

  /** Goes on with everything that is unsettled. */
  start(): void {
    this.#unsubscribe = this.#parts.onChanged(() => this.#wake());
    this.#wake();
  }

  /** Claims nothing more. */
  stop(): void {
    this.#closed = true;
    this.#unsubscribe?.();
    this.#timer?.cancel();
  }

  /** Resolves when nothing of this process's is claimed any more. */
  async settled(): Promise<void> {
    await this.#claiming;
    while (this.#accepting.size + this.#running.size > 0) await Promise.allSettled([...this.#accepting, ...this.#running]);
    this.#leases.close();
  }

  /** Until then nothing of this target is claimed. */
  hold(target: string, untilMs: number): void {
    if (this.#heldUntilMs.size < HELD_TARGETS_MAX || this.#heldUntilMs.has(target)) this.#heldUntilMs.set(target, untilMs);
    this.#wakeAt(untilMs);
  }

  /**
   * Whether these may be accepted and claimed in one step, for this process to run at once. `step` does it, and answers with the fence of each, undefined
   * for one that was there already. Saves the claim where there is room; where there is none, they wait with the others.
   */
  mayRun(deliveries: readonly NewDelivery[]): boolean {
    const { inFlight, inFlightPerTarget, bytesInFlight } = this.#parts.bounds;
    const targets = Map.groupBy(deliveries, ({ target }) => target);
    return (
      this.#unsubscribe !== undefined &&
      !this.#closed &&
      this.#running.size + this.#reserved + deliveries.length <= inFlight / 2 &&
      this.#bytes <= bytesInFlight / 2 &&
      [...targets].every(([target, { length }]) => {
        const running = this.#runningByTarget.get(target) ?? 0;
        return running + length <= inFlightPerTarget && !this.#heldUntilMs.has(target);
      })
    );
  }

  /** Runs what `step` has accepted and claimed; ask `mayRun` first. */
  async run(deliveries: readonly NewDelivery[], step: Promise<readonly (number | undefined)[]>): Promise<void> {
    const leaseUntilMs = this.leaseUntilMs();
    this.#reserved += deliveries.length;
    this.#accepting.add(step);
    try {
      const fences = await step;
      for (const [index, delivery] of deliveries.entries()) {
        const fence = fences[index];
        if (fence !== undefined) this.#begin({ ...delivery, attempt: 1, fence, leaseUntilMs });
      }
    } finally {
      this.#reserved -= deliveries.length;
      this.#accepting.delete(step);
    }
  }

  leaseUntilMs(): number {
    return this.#parts.clock.now() + this.#leases.leaseMs;
  }

  #wake(): void {
    if (this.#closed) return;
    if (this.#claiming !== undefined) {
      this.#wokenMeanwhile = true;
      return;
    }
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#wakesAtMs = Infinity;
    this.#claiming = this.#claim()
      .then(() => {
        this.#isFailing = false;
      })
      .catch((cause: unknown) => {
        // A disk may be full for hours: the log says it once, and again when it was over in between.
        if (!this.#isFailing) this.#parts.log.write('error', 'lane.claim-failed', { lane: this.#parts.lane, cause });
        this.#isFailing = true;
        this.#wakeAt(this.#parts.clock.now() + RETRY_MS);
      })
      .finally(() => {
        this.#claiming = undefined;
        if (!this.#wokenMeanwhile) return;
        this.#wokenMeanwhile = false;
        this.#wake();
      });
  }

  async #claim(): Promise<void> {
    const { bounds, clock, deliveries, lane } = this.#parts;
    for (;;) {
      const limit = bounds.inFlight - this.#running.size - this.#reserved;
      this.#hasNoRoom = limit <= 0 || this.#bytes >= bounds.bytesInFlight;
      // Whoever ends wakes us.
      if (this.#closed || this.#hasNoRoom) return;
      const nowMs = clock.now();
      const exceptTargets = [...this.#held(nowMs), ...this.#full()];
      const claimed = await deliveries.claimDue({
        lane,
        nowMs,
        leaseMs: this.#leases.leaseMs,
        limit,
        exceptTargets,
        targetLimit: bounds.inFlightPerTarget,
      });
      for (const delivery of claimed) this.#begin(delivery);
      if (claimed.length > 0) continue;
      // What is due already belongs to targets that are left out: they wake us by themselves.
      const nextDueAtMs = await deliveries.nextDueAtMs(lane, exceptTargets.length > 0 ? nowMs : undefined);
      this.#wakeAt(Math.min(nextDueAtMs ?? Infinity, ...this.#heldUntilMs.values()));
      return;
    }
  }

  /** At that time, or earlier where that is settled already. */
  #wakeAt(atMs: number): void {
    if (this.#closed || atMs >= this.#wakesAtMs) return;
    this.#wakesAtMs = atMs;
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(Math.max(1, atMs - this.#parts.clock.now()), () => this.#wake());
  }

  #held(nowMs: number): readonly string[] {
    for (const [target, untilMs] of this.#heldUntilMs) if (untilMs <= nowMs) this.#heldUntilMs.delete(target);
    return [...this.#heldUntilMs.keys()];
  }

  #full(): readonly string[] {
    const full: string[] = [];
    const { inFlightPerTarget } = this.#parts.bounds;
    for (const [target, count] of this.#runningByTarget) if (count >= inFlightPerTarget) full.push(target);
    return full;
  }

  #begin(delivery: ClaimedDelivery): void {
    const { target, payload } = delivery;
    this.#bytes += payload.byteLength;
    this.#runningByTarget.set(target, (this.#runningByTarget.get(target) ?? 0) + 1);
    this.#leases.hold(delivery);
    const claim = this.#claimOf(delivery);
    // A claim that was under way when the lane was stopped is given back.
    const running: Promise<unknown> = (
      this.#closed ? claim.giveBack(this.#parts.clock.now(), { countAttempt: false }) : this.#parts.run(claim)
    )
      .catch((cause: unknown) => {
        this.#parts.log.write('error', 'lane.delivery-failed', { delivery: delivery.id, target, cause });
      })
      .finally(() => {
        this.#leases.letGo(delivery);
        this.#running.delete(running);
        this.#bytes -= payload.byteLength;
        this.#ended(target);
      });
    this.#running.add(running);
  }

  /** Wakes the lane when half of what was full is free: a claim for each that ends would cost more than it brings. */
  #ended(target: string): void {
    const { inFlight, inFlightPerTarget, bytesInFlight } = this.#parts.bounds;
    const left = (this.#runningByTarget.get(target) ?? 1) - 1;
    if (left === 0) this.#runningByTarget.delete(target);
    else this.#runningByTarget.set(target, left);
    const isHalfFree = this.#running.size <= inFlight / 2 && this.#bytes <= bytesInFlight / 2;
    const targetIsHalfFree = left === Math.floor(inFlightPerTarget / 2);
    if ((this.#hasNoRoom && isHalfFree) || targetIsHalfFree) this.#wake();
  }

  #claimOf(delivery: ClaimedDelivery): Claim {
    const { deliveries } = this.#parts;
    const { id, fence, target } = delivery;
    return {
      delivery,
      isLost: () => this.#leases.lost(delivery),
      settle: (followUps) => deliveries.settle(id, fence, followUps),
      giveBack: async (dueAtMs, options) => {
        const isGivenBack = await deliveries.reschedule(id, fence, dueAtMs, options);
        if (isGivenBack && !this.#heldUntilMs.has(target)) this.#wakeAt(dueAtMs);
        return isGivenBack;
      },
    };
  }
}
