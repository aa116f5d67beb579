// Runs the events of the lane `invoke`: claims what is due, attempts it, and settles or reschedules it.
// Owns: the claims of this process and their leases.
// Never: polls. It wakes by notice, by the time at which the next event is due, and when there is room again.
// I1: an event leaves the store only when it succeeded or was given up, in one step with what its function's settings say shall follow; a
// giving up is logged with its reason.
// I2: a claim whose lease was lost settles nothing.
// I3: never more than LIMITS says wait for an instance, run, or are held in memory.

import type { Clock, Log, Timer } from '#kernel';
import { LIMITS } from '#kernel';
import { Leases } from '#lanes';
import { LATEST } from '#registry';
import type { Invocables } from '#registry';
import type { ClaimedDelivery, DeliveryQueue, NewDelivery, Unsubscribe } from '#store';
import type { Attempts } from './attempt.ts';
import { deliveryOf, EVENT_LANE, requestIdOf, targetOf } from './event.ts';
import type { NewEvent } from './event.ts';
import type { EventCondition } from './event-record.ts';
import { runEvent } from './event-run.ts';
import type { EventRun, EventRunParts } from './event-run.ts';
import { followUpsOf } from './follow-ups.ts';
import { verdictOf } from './retry.ts';
import type { DropReason, Verdict } from './retry.ts';

export interface EventLaneParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly deliveries: DeliveryQueue;
  /** The store's notice that there is something new to claim in this lane. */
  readonly onChanged: (listener: () => void) => Unsubscribe;
  readonly invocables: Pick<Invocables, 'resolve' | 'eventInvokeSettings'>;
  readonly attempts: Attempts;
  readonly beginDurable: EventRunParts['beginDurable'];
}

/** A throttled function's events stay where they are for so long, instead of being claimed one by one. */
const HOLD_MS = 1000;
/** A notice of others' events may be lost; while events are accepted here, the store is asked now and then without one. */
const LOOK_AGAIN_MS = 5000;

export class EventLane {
  readonly #parts: EventLaneParts;
  readonly #leases: Leases;
  readonly #running = new Set<Promise<void>>();
  readonly #heldUntilMs = new Map<string, number>();
  #unsubscribe: Unsubscribe | undefined;
  #timer: Timer | undefined;
  #claiming: Promise<void> | undefined;
  /** Something happened while a claim was under way: look again. */
  #wokenMeanwhile = false;
  /** Accepted and claimed in one step that is not over yet. */
  readonly #accepting = new Set<Promise<void>>();
  /** Nothing that is due waits in the store, as far as the last claim and all notices since can tell. */
  #isDrained = false;
  #lookedAtMs = 0;
  #placing = 0;
  #bytes = 0;
  #closed = false;

  constructor(parts: EventLaneParts) {
    this.#parts = parts;
    this.#leases = new Leases({ clock: parts.clock, log: parts.log, deliveries: parts.deliveries });
  }

  /** Goes on with everything that is unsettled. */
  start(): void {
    this.#unsubscribe = this.#parts.onChanged(() => this.#wake());
    this.#wake();
  }

  /**
   * Resolves when the event is safe; it runs soon after. Where there is room it is claimed in the step that accepts it: then it begins in the turn
   * in which its caller is answered, instead of after a second sync.
   */
  async accept(event: NewEvent): Promise<void> {
    const { clock, deliveries } = this.#parts;
    const nowMs = clock.now();
    const delivery = deliveryOf(event, nowMs);
    if (!this.#hasRoomFor(delivery)) {
      await deliveries.accept([delivery]);
      this.#wake();
      return;
    }
    const accepting = this.#acceptClaimed(delivery, nowMs + this.#leases.leaseMs).finally(() => this.#accepting.delete(accepting));
    this.#accepting.add(accepting);
    await accepting;
  }

  async #acceptClaimed(delivery: NewDelivery, leaseUntilMs: number): Promise<void> {
    const [fence] = await this.#parts.deliveries.acceptClaimed([delivery], leaseUntilMs);
    // Closed meanwhile, it is claimed by whoever starts next, when the lease has ended.
    if (fence !== undefined && !this.#closed) this.#begin({ ...delivery, attempt: 1, fence, leaseUntilMs });
    if (this.#parts.clock.now() - this.#lookedAtMs > LOOK_AGAIN_MS) this.#wake();
  }

  /** Not ahead of events that have waited longer, nor for a function whose events are held back. */
  #hasRoomFor({ target }: NewDelivery): boolean {
    return (
      this.#isDrained &&
      !this.#closed &&
      !this.#heldUntilMs.has(target) &&
      this.#accepting.size + this.#placing < LIMITS.eventsPlacing &&
      this.#accepting.size + this.#running.size < LIMITS.eventsInFlight &&
      this.#bytes < LIMITS.eventBytesInFlight
    );
  }

  /** Claims nothing more. */
  stop(): void {
    this.#closed = true;
    this.#unsubscribe?.();
    this.#timer?.cancel();
  }

  /** Resolves when nothing of this process's is claimed any more. The pool's closing ends what still runs. */
  async settled(): Promise<void> {
    await this.#claiming;
    await Promise.allSettled(this.#accepting);
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#leases.close();
  }

  #wake(): void {
    this.#isDrained = false;
    if (this.#closed) return;
    if (this.#claiming !== undefined) {
      this.#wokenMeanwhile = true;
      return;
    }
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#claiming = this.#claim()
      .catch((cause: unknown) => {
        this.#parts.log.write('error', 'events.claim-failed', { cause });
        this.#wakeIn(HOLD_MS);
      })
      .finally(() => {
        this.#claiming = undefined;
        if (!this.#wokenMeanwhile) return;
        this.#wokenMeanwhile = false;
        this.#wake();
      });
  }

  async #claim(): Promise<void> {
    const { clock, deliveries } = this.#parts;
    for (;;) {
      const limit = Math.min(LIMITS.eventsPlacing - this.#placing, LIMITS.eventsInFlight - this.#running.size);
      // Whoever is placed or ends wakes us.
      if (this.#closed || limit <= 0 || this.#bytes >= LIMITS.eventBytesInFlight) return;
      this.#forgetHolds();
      const claimed = await deliveries.claimDue({
        lane: EVENT_LANE,
        nowMs: clock.now(),
        leaseMs: this.#leases.leaseMs,
        limit,
        exceptTargets: [...this.#heldUntilMs.keys()],
      });
      for (const delivery of claimed) this.#begin(delivery);
      if (claimed.length === 0) {
        await this.#sleep();
        this.#isDrained = !this.#wokenMeanwhile;
        this.#lookedAtMs = clock.now();
        return;
      }
    }
  }

  /** Until the next event is due, or a held target is let go. */
  async #sleep(): Promise<void> {
    const dueAtMs = await this.#parts.deliveries.nextDueAtMs(EVENT_LANE);
    const nowMs = this.#parts.clock.now();
    const nextRelease = Math.min(...this.#heldUntilMs.values());
    // What is due and was not claimed belongs to a held target, or became due just now.
    const untilDueMs =
      dueAtMs === undefined ? Infinity : dueAtMs > nowMs ? dueAtMs - nowMs : this.#heldUntilMs.size > 0 ? Infinity : 1;
    const delayMs = Math.min(untilDueMs, Math.max(1, nextRelease - nowMs));
    if (delayMs < Infinity) this.#wakeIn(delayMs);
  }

  #wakeIn(delayMs: number): void {
    if (this.#closed) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(delayMs, () => this.#wake());
  }

  #forgetHolds(): void {
    const nowMs = this.#parts.clock.now();
    for (const [target, untilMs] of this.#heldUntilMs) if (untilMs <= nowMs) this.#heldUntilMs.delete(target);
  }

  #begin(delivery: ClaimedDelivery): void {
    this.#bytes += delivery.payload.byteLength;
    this.#leases.hold(delivery);
    const running = this.#run(delivery)
      .catch((cause: unknown) => {
        // The lease ends by itself, and the event is claimed again then.
        this.#isDrained = false;
        this.#parts.log.write('error', 'event.settle-failed', { requestId: delivery.id, target: delivery.target, cause });
      })
      .finally(() => {
        this.#leases.letGo(delivery);
        this.#running.delete(running);
        this.#bytes -= delivery.payload.byteLength;
        if (!this.#isDrained) this.#wake();
      });
    this.#running.add(running);
  }

  async #run(delivery: ClaimedDelivery): Promise<void> {
    const run = await this.#attempt(delivery);
    if (this.#leases.lost(delivery)) {
      this.#isDrained = false;
      this.#parts.log.write('warn', 'event.lease-lost', { requestId: delivery.id, target: delivery.target });
      return;
    }
    const { attempt, acceptedAtMs } = delivery;
    const { result, settings } = run;
    const verdict = verdictOf(result, { attempt, acceptedAtMs, nowMs: this.#parts.clock.now(), settings });
    await this.#conclude(delivery, run, verdict);
  }

  async #attempt(delivery: ClaimedDelivery): Promise<EventRun> {
    this.#placing += 1;
    let placing = true;
    const placed = () => {
      if (!placing) return;
      placing = false;
      this.#placing -= 1;
      if (!this.#isDrained && this.#placing <= LIMITS.eventsPlacing / 2) this.#wake();
    };
    try {
      const run = await runEvent(this.#parts, delivery, placed);
      if (run.isThrottled) this.#heldUntilMs.set(delivery.target, this.#parts.clock.now() + HOLD_MS);
      return run;
    } finally {
      placed();
    }
  }

  async #conclude(delivery: ClaimedDelivery, run: EventRun, verdict: Verdict): Promise<void> {
    const { deliveries } = this.#parts;
    const { id, fence } = delivery;
    switch (verdict.kind) {
      case 'done':
        await deliveries.settle(id, fence, this.#followUps(delivery, run, 'Success'));
        return;
      case 'handedOver':
        await deliveries.settle(id, fence, []);
        return;
      case 'again':
        await deliveries.reschedule(id, fence, verdict.dueAtMs, { countAttempt: verdict.countAttempt });
        // Somebody has to wake up for it, and its notice may be lost.
        this.#isDrained = false;
        return;
      case 'dropped':
        await this.#drop(delivery, run, verdict.reason);
        return;
      default:
        verdict satisfies never;
    }
  }

  async #drop(delivery: ClaimedDelivery, run: EventRun, reason: DropReason): Promise<void> {
    const { clock, deliveries, log } = this.#parts;
    const { id, fence, target, attempt, acceptedAtMs } = delivery;
    const followUps = this.#followUps(delivery, run, reason);
    if (!(await deliveries.settle(id, fence, followUps))) return;
    log.write('warn', 'event.dropped', {
      requestId: id,
      target,
      reason,
      attempts: attempt,
      ageMs: clock.now() - acceptedAtMs,
      sentTo: followUps.map((followUp) => followUp.target),
    });
  }

  #followUps(delivery: ClaimedDelivery, run: EventRun, condition: EventCondition): readonly NewDelivery[] {
    const { settings, name, response, traceHeader } = run;
    if (name === undefined) return [];
    const { scope, target, payload, attempt } = delivery;
    return followUpsOf({
      scope,
      name,
      settings,
      requestId: requestIdOf(delivery),
      functionArn: qualified(target),
      condition,
      // A claim that led to no run is none of Lambda's attempts.
      invokeCount: run.result.kind === 'ran' ? attempt : attempt - 1,
      payload,
      response,
      traceHeader,
      endedAtMs: this.#parts.clock.now(),
    });
  }
}

/** Lambda names the version in its records even where the caller did not. */
function qualified(functionArn: string): string {
  return targetOf(functionArn)?.qualifier === undefined ? `${functionArn}:${LATEST}` : functionArn;
}
