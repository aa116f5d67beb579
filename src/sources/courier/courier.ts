// Carries what services have accepted to its targets: claims entries of the outbox, attempts them, and settles, repeats or buries them.
// Owns: the claims of this process on the outbox's two lanes, and the memory of targets that fail.
// Never: acknowledges anything by itself, or forgets an entry without the log saying why.
// I1: an entry leaves the outbox in the step that accepts what follows from it: the invocation, or its dead letter.
// I2: a target that fails is left alone for a while, and nobody else waits for it.
// I3: what an error of ours kept from being sent is retried like a failure of the target; what the store could not settle is claimed again.

import { ApiError, LIMITS } from '#kernel';
import type { Clock, Log, Random } from '#kernel';
import { DeliveryLane } from '#lanes';
import type { Claim, LaneBounds } from '#lanes';
import { deliveryOfEntry, entryOfDelivery, OUTBOX_LANE, REMOTE_OUTBOX_LANE } from '#outbox';
import type { OutboxEntry } from '#outbox';
import type { DeliveryQueue, NewDelivery, Store } from '#store';
import { StoreFailure } from '#store';
import { createCarry } from './carry.ts';
import type { Carry } from './carry.ts';
import { deadLetterOf } from './dead-letter.ts';
import { FailingTargets } from './failing-targets.ts';
import type { FailingTarget } from './failing-targets.ts';
import { OrderedGroups } from './ordered-groups.ts';
import type { Turn } from './ordered-groups.ts';
import { DELIVERED, outcomeOf } from './outcome.ts';
import type { Failure, Outcome } from './outcome.ts';
import type { CourierPorts } from './ports.ts';
import { tooOld, verdictOf } from './retry-schedule.ts';
import type { Verdict } from './retry-schedule.ts';

export interface CourierParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: Pick<Store, 'deliveries' | 'changed'>;
  readonly ports: CourierPorts;
}

export interface CourierHealth {
  /** Targets that could not be reached when they were tried last, the longest first; so many at most are named. */
  readonly failing: readonly FailingTarget[];
  readonly failingTargets: number;
  /** Entries that were given up since the start: moved to a dead-letter queue, and dropped for want of one. */
  readonly deadLettered: number;
  readonly dropped: number;
}

const NEAR: LaneBounds = {
  inFlight: LIMITS.outboxInFlight,
  inFlightPerTarget: LIMITS.outboxInFlightPerTarget,
  bytesInFlight: LIMITS.outboxBytesInFlight,
};
const REMOTE: LaneBounds = {
  inFlight: LIMITS.remoteOutboxInFlight,
  inFlightPerTarget: LIMITS.remoteOutboxInFlightPerTarget,
  bytesInFlight: LIMITS.remoteOutboxBytesInFlight,
};

/** After a failure of the store. */
const STORE_RETRY_MS = 1000;

export class Courier {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #deliveries: DeliveryQueue;
  readonly #carry: Carry;
  readonly #near: DeliveryLane;
  readonly #remote: DeliveryLane;
  readonly #groups = new OrderedGroups();
  readonly #failing = new FailingTargets(LIMITS.failingTargets);
  readonly #closing = new AbortController();
  #deadLettered = 0;
  #dropped = 0;

  constructor({ clock, random, log, store, ports }: CourierParts) {
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
    this.#deliveries = store.deliveries;
    this.#carry = createCarry({ clock, ports });
    const laneOf = (lane: string, bounds: LaneBounds): DeliveryLane => {
      const runner: DeliveryLane = new DeliveryLane({
        clock,
        log,
        deliveries: store.deliveries,
        onChanged: (listener) => store.changed(`deliveries/${lane}`, listener),
        lane,
        bounds,
        run: (claim) => this.#run(claim, runner),
      });
      return runner;
    };
    this.#near = laneOf(OUTBOX_LANE, NEAR);
    this.#remote = laneOf(REMOTE_OUTBOX_LANE, REMOTE);
  }

  get #lanes(): readonly DeliveryLane[] {
    return [this.#near, this.#remote];
  }

  /**
   * Accepts for the store, in one step. Where there is room, that step makes entries this courier's as well: they are handed on without being claimed
   * and read back. What keeps an order takes its turn behind what waits.
   */
  async accept(deliveries: readonly NewDelivery[]): Promise<void> {
    const near = deliveries.filter(({ lane }) => lane === OUTBOX_LANE);
    const remote = deliveries.filter(({ lane }) => lane === REMOTE_OUTBOX_LANE);
    const isOurs = near.length + remote.length === deliveries.length && deliveries.length > 0;
    const isNow = deliveries.every((delivery) => delivery.dueAtMs <= this.#clock.now() && !keepsOrder(delivery));
    if (!isOurs || !isNow || !this.#near.mayRun(near) || !this.#remote.mayRun(remote)) return this.#deliveries.accept(deliveries);
    const fences = this.#deliveries.acceptClaimed([...near, ...remote], this.#near.leaseUntilMs());
    await Promise.all([
      this.#near.run(
        near,
        fences.then((all) => all.slice(0, near.length)),
      ),
      this.#remote.run(
        remote,
        fences.then((all) => all.slice(near.length)),
      ),
    ]);
  }

  /** Goes on with everything that an earlier process left. */
  start(): void {
    for (const lane of this.#lanes) lane.start();
  }

  /** Claims nothing more from this call on; what is under way may finish within the window, and is given back then. */
  async close(windowMs: number): Promise<void> {
    for (const lane of this.#lanes) lane.stop();
    const timer = this.#clock.after(windowMs, () => this.#closing.abort());
    await Promise.all(this.#lanes.map((lane) => lane.settled()));
    timer.cancel();
  }

  health(): CourierHealth {
    const failing = this.#failing.list(this.#clock.now());
    return {
      failing: failing.slice(0, LIMITS.failingTargetsShown),
      failingTargets: failing.length,
      deadLettered: this.#deadLettered,
      dropped: this.#dropped,
    };
  }

  /** How many wait or are under way, counted up to `most` in each lane. */
  async waiting(most: number): Promise<number> {
    const counts = await Promise.all([OUTBOX_LANE, REMOTE_OUTBOX_LANE].map((lane) => this.#deliveries.count(lane, most)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** How many wait or are under way, by target. */
  async backlog(): Promise<ReadonlyMap<string, number>> {
    const lanes = await Promise.all([OUTBOX_LANE, REMOTE_OUTBOX_LANE].map((lane) => this.#deliveries.backlog(lane)));
    return new Map(lanes.flatMap((lane) => [...lane]));
  }

  async #run(claim: Claim, lane: DeliveryLane): Promise<void> {
    const entry = numbered(entryOfDelivery(claim.delivery), claim.delivery.attempt);
    const { target } = entry;
    if (!('groupId' in target) || target.groupId === undefined) {
      await this.#attempt(claim, entry, lane);
      return;
    }
    try {
      const hasRun = await this.#groups.after(`${target.arn} ${target.groupId}`, () => this.#attempt(claim, entry, lane));
      if (!hasRun) await this.#keepPlace(claim, lane);
    } catch (error) {
      this.#log.write('error', 'outbox.not-settled', { entry: entry.id, target: claim.delivery.target, cause: error });
      await this.#keepPlace(claim, lane);
    }
  }

  /** Gives it back where it was in the line. As long as the store takes nothing, nobody behind it is claimed. */
  async #keepPlace({ delivery, giveBack }: Claim, lane: DeliveryLane): Promise<void> {
    for (;;) {
      try {
        await giveBack(delivery.dueAtMs, { countAttempt: false });
        return;
      } catch (error) {
        // Once the platform goes down, the next start releases the claim.
        if (!(error instanceof StoreFailure) || error.isFinal || this.#closing.signal.aborted) throw error;
        lane.hold(delivery.target, this.#clock.now() + 2 * STORE_RETRY_MS);
        await new Promise<void>((resolve) => void this.#clock.after(STORE_RETRY_MS, resolve));
      }
    }
  }

  async #attempt(claim: Claim, entry: OutboxEntry, lane: DeliveryLane): Promise<Turn> {
    const { delivery } = claim;
    const begunAtMs = this.#clock.now();
    const expired = this.#expired(claim, entry, begunAtMs);
    const outcome = expired === undefined ? await this.#outcome(claim, entry, begunAtMs) : undefined;
    const nowMs = this.#clock.now();
    const isSettled = outcome?.kind === 'delivered' && outcome.isSettled === true;
    if (!isSettled && claim.isLost()) {
      this.#log.write('warn', 'outbox.lease-lost', { entry: entry.id, target: delivery.target });
      return 'waits';
    }
    if (outcome !== undefined) this.#remember(outcome, { target: delivery.target, begunAtMs, nowMs, lane });
    const { attempt, acceptedAtMs } = delivery;
    const state = { attempt, acceptedAtMs, nowMs, retry: entry.retry, fraction: this.#random.fraction() };
    return this.#conclude(claim, entry, lane, expired ?? verdictOf(outcome ?? DELIVERED, state));
  }

  /** Too old while its target failed, or while nobody ran: the target is not asked once more for each of a hundred thousand. */
  #expired({ delivery }: Claim, { retry }: OutboxEntry, nowMs: number): Verdict | undefined {
    const { attempt, acceptedAtMs, target } = delivery;
    if (!tooOld({ acceptedAtMs, nowMs, retry })) return undefined;
    const failure = this.#failing.lastFailure(target);
    if (failure === undefined && attempt === 1) return undefined;
    return {
      kind: 'over',
      failure: failure ?? { code: 'INTERNAL_ERROR', message: 'It became too old before it could be sent again.' },
      exhausted: 'MaximumEventAgeInSeconds',
    };
  }

  async #outcome({ delivery }: Claim, entry: OutboxEntry, nowMs: number): Promise<Outcome> {
    const { signal } = this.#closing;
    try {
      const outcome = await this.#carry(entry, { nowMs, signal, claim: { id: delivery.id, fence: delivery.fence } });
      // The end of the platform is no failure of the target.
      return outcome.kind === 'failed' && signal.aborted ? { kind: 'later', atMs: nowMs } : outcome;
    } catch (error) {
      if (signal.aborted) return { kind: 'later', atMs: nowMs };
      if (error instanceof ApiError) return outcomeOf(error);
      // Nothing of this entry could be saved now: it is claimed again when its lease ends.
      if (error instanceof StoreFailure) throw error;
      this.#log.write('error', 'outbox.attempt-failed', { entry: entry.id, cause: error });
      return { kind: 'failed', code: 'INTERNAL_ERROR', message: 'The platform could not hand it on; its log says why.' };
    }
  }

  #remember(outcome: Outcome, { target, begunAtMs, nowMs, lane }: Attempted): void {
    switch (outcome.kind) {
      case 'delivered':
        this.#failing.reached(target);
        return;
      case 'refused':
        this.#failing.refused(target, failureOf(outcome), nowMs);
        return;
      case 'failed': {
        const untilMs = this.#failing.failed(target, failureOf(outcome), begunAtMs, nowMs);
        if (untilMs !== undefined) lane.hold(target, untilMs);
        return;
      }
      case 'later':
        if (outcome.atMs > nowMs) lane.hold(target, outcome.atMs);
        return;
      default:
        outcome satisfies never;
    }
  }

  async #conclude(claim: Claim, entry: OutboxEntry, lane: DeliveryLane, verdict: Verdict): Promise<Turn> {
    const { target, dueAtMs } = claim.delivery;
    switch (verdict.kind) {
      case 'done':
        if (!verdict.isSettled) await claim.settle(verdict.followUps);
        return 'done';
      case 'again': {
        const { countAttempt } = verdict;
        // Where order is kept, its place in the line is kept, and the whole target waits.
        const keepsPlace = !countAttempt || 'groupId' in entry.target;
        if (countAttempt && keepsPlace) lane.hold(target, verdict.dueAtMs);
        await claim.giveBack(keepsPlace ? dueAtMs : verdict.dueAtMs, { countAttempt });
        return 'waits';
      }
      case 'over':
        await this.#bury(claim, entry, verdict);
        return 'done';
      default:
        return verdict satisfies never;
    }
  }

  async #bury({ delivery, settle }: Claim, entry: OutboxEntry, { failure, exhausted }: Over): Promise<void> {
    const { target, attempt, acceptedAtMs } = delivery;
    const nowMs = this.#clock.now();
    const letter = deadLetterOf(entry, {
      failure,
      retries: attempt - 1,
      nowMs,
      ...(exhausted === undefined ? {} : { exhausted }),
    });
    if (!(await settle(letter === undefined ? [] : [deliveryOfEntry(letter)]))) return;
    if (letter === undefined) this.#dropped += 1;
    else this.#deadLettered += 1;
    const entries = this.#failing.toTell(target, nowMs);
    if (entries === 0) return;
    this.#log.write('warn', letter === undefined ? 'outbox.dropped' : 'outbox.dead-lettered', {
      target,
      entries,
      entry: entry.id,
      sender: entry.sender.arn,
      code: failure.code,
      reason: failure.message,
      attempts: attempt,
      ageMs: nowMs - acceptedAtMs,
      ...(letter === undefined ? {} : { deadLetterQueue: entry.deadLetter?.arn }),
    });
  }
}

function keepsOrder(delivery: NewDelivery): boolean {
  return 'groupId' in entryOfDelivery(delivery).target;
}

/** Scheduler's `<aws.scheduler.attempt-number>`. */
function numbered(entry: OutboxEntry, attempt: number): OutboxEntry {
  const { attemptPlaceholder, payload } = entry;
  if (attemptPlaceholder === undefined) return entry;
  return { ...entry, payload: Buffer.from(Buffer.from(payload).toString().replaceAll(attemptPlaceholder, String(attempt))) };
}

type Over = Extract<Verdict, { readonly kind: 'over' }>;

interface Attempted {
  readonly target: string;
  readonly begunAtMs: number;
  readonly nowMs: number;
  readonly lane: DeliveryLane;
}

function failureOf({ code, message, apiCode }: Failure): Failure {
  return { code, message, ...(apiCode === undefined ? {} : { apiCode }) };
}
