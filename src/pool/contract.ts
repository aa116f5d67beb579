// What the rooms above give to the pool, and what they tell it and are told.

import type { AccountId, Clock, Log } from '#kernel';
import type { InvocableFunction } from '#registry';
import type { Launcher, Sandbox } from '#sandbox';
import type { InstanceTenancy, Purpose } from './instance.ts';
import type { PoolSettings } from './settings.ts';

export interface PoolParts<Tenancy extends InstanceTenancy> {
  readonly clock: Clock;
  readonly log: Log;
  readonly launcher: Launcher;
  readonly settings: PoolSettings;
  /** What the account has left for functions without a reservation of their own. */
  readonly unreservedConcurrency: (account: AccountId) => number;
  /** Called when a sandbox becomes an instance of a function version. */
  readonly openTenancy: (invocable: InvocableFunction, sandbox: Sandbox, purpose: Purpose) => Tenancy;
}

/** How an invocation left its instance. */
export interface Release {
  /** Which one, where the instance may have several. */
  readonly requestId?: string | undefined;
  /** False after anything but a normal answer: the sandbox is dead or not to be trusted. */
  readonly reusable: boolean;
  /** How the sandbox died, where it did: the kind of its last outcome. */
  readonly died?: string | undefined;
  /** Undefined where nothing of the function ran: such an end says nothing about how long it takes. */
  readonly runMs?: number | undefined;
  /** Loading the handler, where that was part of it. */
  readonly startMs?: number | undefined;
  readonly peakBytes?: number | undefined;
}

export interface PoolSnapshot {
  readonly inFlight: number;
  readonly waiting: number;
  /** Invocations that instances have; they may be more than are busy. */
  readonly held: number;
  readonly busy: number;
  readonly idle: number;
  readonly parked: number;
  readonly launching: number;
  readonly sandboxes: number;
  readonly chargedMiB: number;
}
