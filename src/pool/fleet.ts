// The instances of one function version, and the invocations that wait for one of them.
// Owns: the stacks of idle and busy instances (last used on top), the queue of waiting invocations (first come, first served).
// I1: an idle instance and a waiting invocation exist together only while memory is short.

import type { InvocableFunction } from '#registry';
import type { Instance, InstanceTenancy } from './instance.ts';
import { choose, DISPATCH } from './dispatch.ts';
import type { Choice } from './dispatch.ts';
import type { Known } from './habits.ts';
import { mean, SCALE, startsWanted } from './scale.ts';
import type { ThrottleReason } from './scale.ts';
import type { Share } from './shares.ts';
import type { Shelf } from './shelf.ts';
import type { Call, Waiter } from './waiter.ts';

export class Fleet<Tenancy extends InstanceTenancy> {
  readonly key: string;
  /** Any resolution of this key: they differ only in how the caller named it. */
  readonly invocable: InvocableFunction;
  /** Where its sandboxes come from. */
  readonly shelf: Shelf;
  /** What a busy instance is charged. */
  readonly busyMiB: number;
  /** What is remembered of the function version after the fleet is gone. */
  readonly known: Known;
  /** What its function, and its account, have had. */
  readonly share: Share;
  readonly idle: Instance<Tenancy>[] = [];
  readonly waiters: Waiter<Tenancy>[] = [];
  /** Instances that have an invocation, the one that became busy last at the end. */
  readonly lanes: Instance<Tenancy>[] = [];
  /** Those that somebody pays for to be there, and shall stay. */
  readonly provisioned = new Set<Instance<Tenancy>>();
  /** Instances of which something is left, dying ones included. */
  alive = 0;
  /** The oldest waiting invocation lacks nothing but memory. */
  lacksMemory = false;
  #lacking = 0;
  #retired: PromiseWithResolvers<void> | undefined;
  #meanRunMs: number | undefined;
  #startMs: number = SCALE.assumedStartMs;

  constructor(parts: { invocable: InvocableFunction; shelf: Shelf; busyMiB: number; known: Known; share: Share }) {
    this.known = parts.known;
    this.share = parts.share;
    this.key = parts.invocable.instanceKey;
    this.invocable = parts.invocable;
    this.shelf = parts.shelf;
    this.busyMiB = parts.busyMiB;
  }

  get retired(): boolean {
    return this.#retired !== undefined;
  }

  get busy(): number {
    return this.lanes.length;
  }

  get startMs(): number {
    return this.#startMs;
  }

  /** Infinity when nobody waits. */
  get waitingSinceMs(): number {
    return this.waiters[0]?.sinceMs ?? Infinity;
  }

  /** Why a call is refused that nobody here could take, and for which no instance may be started. */
  get rateExceeded(): ThrottleReason {
    const isReserved = this.invocable.reservedConcurrency !== undefined;
    return isReserved ? 'ReservedFunctionInvocationRateLimitExceeded' : 'FunctionInvocationRateLimitExceeded';
  }

  /** How many sandboxes its waiting invocations want from the shelf and do not find there. */
  lacks(sandboxes: number): void {
    this.shelf.wanted += sandboxes - this.#lacking;
    this.#lacking = sandboxes;
  }

  /** No instance of it will be kept from now on. Resolves when nothing of it is left. */
  retire(): Promise<void> {
    this.#retired ??= Promise.withResolvers();
    this.settleIfGone();
    return this.#retired.promise;
  }

  /** Whether nothing is left to remember; tells those who wait for a retired fleet's end. */
  settleIfGone(): boolean {
    if (this.alive > 0 || this.waiters.length > 0) return false;
    this.#retired?.resolve();
    return true;
  }

  ran(runMs: number | undefined, startMs: number | undefined): void {
    if (runMs !== undefined) this.#meanRunMs = mean(this.#meanRunMs, runMs);
    // Never cheaper than a launch, even where a sandbox was waiting: that one has to be replaced.
    if (startMs !== undefined) this.#startMs = Math.max(SCALE.assumedStartMs, mean(this.#startMs, startMs));
  }

  /** What the next one of its invocations gets. */
  choose({ requestId, payloadBytes, isAlone = false }: Call, nowMs: number, cores: number): Choice<Instance<Tenancy>> {
    const isSmall = this.invocable.instanceConcurrency > 1 || payloadBytes <= DISPATCH.aheadBytesMax;
    const mayJoin = requestId !== undefined && !isAlone && isSmall;
    return choose(
      {
        meanRunMs: this.#meanRunMs,
        atOnce: this.invocable.instanceConcurrency,
        lanes: mayJoin ? this.lanes.slice(-DISPATCH.looked) : [],
        waiting: this.waiters.length,
        hasIdle: this.idle.length > 0,
        cores,
      },
      nowMs,
    );
  }

  startsWanted(nowMs: number): number {
    let overdue = 0;
    for (const waiter of this.waiters) {
      if (nowMs - waiter.sinceMs < this.#startMs) break;
      overdue += 1;
    }
    const wanted = startsWanted({
      waiting: this.waiters.length,
      overdue,
      busy: this.busy,
      meanRunMs: this.#meanRunMs,
      startMs: this.#startMs,
    });
    return Math.min(wanted, Math.floor(this.share.starts.left(nowMs)));
  }
}
