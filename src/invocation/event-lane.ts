// Runs the events of the lane `invoke`: claims what is due, attempts it, and settles or reschedules it.
// Owns: the claims of this process and their leases.
// Never: polls. It wakes by notice, by the time at which the next event is due, and when there is room again.
// I1: an event leaves the store only when it succeeded or was given up, and the giving up was logged with its reason.
// I2: a claim whose lease was lost settles nothing.
// I3: never more than LIMITS says wait for an instance, run, or are held in memory.

import type { Clock, Log, Timer } from '#kernel';
import { ApiError, LIMITS } from '#kernel';
import { forTenant } from '#registry';
import type { Invocables } from '#registry';
import type { ClaimedDelivery, DeliveryQueue, Unsubscribe } from '#store';
import type { Attempts, AttemptResult } from './attempt.ts';
import { attributesOf, deliveryOf, EVENT_LANE, requestIdOf, targetOf } from './event.ts';
import type { NewEvent } from './event.ts';
import { Leases } from './leases.ts';
import { tooOld, verdictOf } from './retry.ts';
import type { EventResult, Verdict } from './retry.ts';

export interface EventLaneParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly deliveries: DeliveryQueue;
  /** The store's notice that something about deliveries changed. */
  readonly onChanged: (listener: () => void) => Unsubscribe;
  readonly invocables: Pick<Invocables, 'resolve'>;
  readonly attempts: Attempts;
}

/** A throttled function's events stay where they are for so long, instead of being claimed one by one. */
const HOLD_MS = 1000;
const DEFAULT_SETTINGS = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 };

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

  /** Resolves when the event is safe; it runs soon after. */
  async accept(event: NewEvent): Promise<void> {
    await this.#parts.deliveries.accept([deliveryOf(event, this.#parts.clock.now())]);
    this.#wake();
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
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#leases.close();
  }

  #wake(): void {
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
        this.#parts.log.write('error', 'event.settle-failed', { requestId: delivery.id, target: delivery.target, cause });
      })
      .finally(() => {
        this.#leases.letGo(delivery);
        this.#running.delete(running);
        this.#bytes -= delivery.payload.byteLength;
        this.#wake();
      });
    this.#running.add(running);
  }

  async #run(delivery: ClaimedDelivery): Promise<void> {
    const { result, settings } = await this.#attempt(delivery);
    if (this.#leases.lost(delivery)) {
      this.#parts.log.write('warn', 'event.lease-lost', { requestId: delivery.id, target: delivery.target });
      return;
    }
    const { attempt, acceptedAtMs } = delivery;
    const verdict = verdictOf(result, { attempt, acceptedAtMs, nowMs: this.#parts.clock.now(), settings });
    await this.#conclude(delivery, verdict);
  }

  async #attempt(delivery: ClaimedDelivery): Promise<{ result: EventResult; settings: typeof DEFAULT_SETTINGS }> {
    const { attempts, clock, invocables } = this.#parts;
    const target = targetOf(delivery.target);
    if (target === undefined) return { result: { kind: 'impossible', reason: 'MalformedTarget' }, settings: DEFAULT_SETTINGS };
    this.#placing += 1;
    let placing = true;
    const placed = () => {
      if (!placing) return;
      placing = false;
      this.#placing -= 1;
      if (this.#placing <= LIMITS.eventsPlacing / 2) this.#wake();
    };
    try {
      const { tenantId, ...attributes } = attributesOf(delivery.attributes);
      const invocable = forTenant(await invocables.resolve(delivery.scope, target), tenantId);
      const settings = { ...invocable.eventInvoke };
      if (tooOld({ acceptedAtMs: delivery.acceptedAtMs, nowMs: clock.now(), settings }))
        return { result: { kind: 'impossible', reason: 'EventAgeExceeded' }, settings };
      const result = await attempts.run({
        requestId: requestIdOf(delivery),
        attempt: delivery.attempt,
        invocable,
        payload: delivery.payload,
        ...attributes,
        onPlaced: placed,
      });
      if (result.kind === 'throttled') this.#heldUntilMs.set(delivery.target, clock.now() + HOLD_MS);
      return { result: eventResult(result), settings };
    } catch (error) {
      return { result: this.#unresolved(error, delivery), settings: DEFAULT_SETTINGS };
    } finally {
      placed();
    }
  }

  /** A function that is not ready, or a store that fails, has no chance to run; one that is gone never will. */
  #unresolved(error: unknown, { id, target }: ClaimedDelivery): EventResult {
    if (error instanceof ApiError && error.code === 'ResourceNotFoundException')
      return { kind: 'impossible', reason: 'FunctionNotFound' };
    // The function is another one by now, or whoever made the event knows nothing of tenants.
    if (error instanceof ApiError && error.code === 'InvalidParameterValueException')
      return { kind: 'impossible', reason: 'TenantMismatch' };
    this.#parts.log.write('warn', 'event.not-run', { requestId: id, target, cause: error });
    return { kind: 'notRun' };
  }

  async #conclude({ id, fence, target, attempt, acceptedAtMs }: ClaimedDelivery, verdict: Verdict): Promise<void> {
    const { clock, deliveries, log } = this.#parts;
    switch (verdict.kind) {
      case 'done':
        await deliveries.settle(id, fence);
        return;
      case 'again':
        await deliveries.reschedule(id, fence, verdict.dueAtMs, { countAttempt: verdict.countAttempt });
        return;
      case 'dropped':
        // Dead-letter queues and failure destinations will take it from here.
        if (await deliveries.settle(id, fence))
          log.write('warn', 'event.dropped', {
            requestId: id,
            target,
            reason: verdict.reason,
            attempts: attempt,
            ageMs: clock.now() - acceptedAtMs,
          });
        return;
      default:
        verdict satisfies never;
    }
  }
}

function eventResult(result: AttemptResult): EventResult {
  switch (result.kind) {
    case 'answered':
      return { kind: 'ran', succeeded: result.answer.functionError === undefined };
    case 'closed':
      return { kind: 'interrupted' };
    case 'throttled':
    case 'failed':
      return { kind: 'notRun' };
    default:
      return result satisfies never;
  }
}
