// Who has had how much: the memory that each account and each function has held lately, and how many instances a function has started.
// Owns: a bounded number of shares. Never: decides (scale.ts and the pool do).
// I1: whoever has a fleet is not forgotten.

import type { AccountId } from '#kernel';

/** What was held so long ago counts a third. Long enough to tell a flood from a burst, short enough that nobody pays for it for long. */
const MEMORY_MS = 10_000;

const REMEMBERED_MAX = 8192;

/** Memory held, as an average that forgets: an instance of 128 MiB that runs all the time comes to 128. */
export class HeldMemory {
  #heldMiB = 0;
  #averageMiB = 0;
  #atMs = 0;

  change(moreMiB: number, nowMs: number): void {
    this.#averageMiB = this.averageMiB(nowMs);
    this.#atMs = nowMs;
    this.#heldMiB += moreMiB;
  }

  averageMiB(nowMs: number): number {
    return this.#heldMiB + (this.#averageMiB - this.#heldMiB) * Math.exp((this.#atMs - nowMs) / MEMORY_MS);
  }
}

/** Instances that may still be started at this moment: filled at a steady rate, up to the limit. */
export class StartAllowance {
  readonly #most: number;
  readonly #periodMs: number;
  #left: number;
  #atMs = 0;

  constructor({ most, periodMs }: { readonly most: number; readonly periodMs: number }) {
    this.#most = most;
    this.#periodMs = periodMs;
    this.#left = most;
  }

  left(nowMs: number): number {
    return Math.min(this.#most, this.#left + ((nowMs - this.#atMs) * this.#most) / this.#periodMs);
  }

  take(nowMs: number): void {
    this.#left = this.left(nowMs) - 1;
    this.#atMs = nowMs;
  }

  /** When there is one; now where there is. */
  nextAtMs(nowMs: number): number {
    const missing = 1 - this.left(nowMs);
    // A moment later, so that it is there then, however the sums are rounded.
    return missing <= 0 ? nowMs : nowMs + 1 + (missing * this.#periodMs) / this.#most;
  }
}

/** Of one function. */
export class Share {
  readonly account: HeldMemory;
  readonly own = new HeldMemory();
  readonly starts: StartAllowance;
  fleets = 0;

  constructor(account: HeldMemory, starts: StartAllowance) {
    this.account = account;
    this.starts = starts;
  }

  change(moreMiB: number, nowMs: number): void {
    this.own.change(moreMiB, nowMs);
    this.account.change(moreMiB, nowMs);
  }
}

/** Below zero when `one` has had less, and goes first: the account counts before the function. */
export function compareShares(one: Share, other: Share, nowMs: number): number {
  return one.account.averageMiB(nowMs) - other.account.averageMiB(nowMs) || one.own.averageMiB(nowMs) - other.own.averageMiB(nowMs);
}

export class Shares {
  readonly #limit: { readonly most: number; readonly periodMs: number };
  readonly #functions = new Map<string, Share>();
  readonly #accounts = new Map<AccountId, HeldMemory>();

  constructor(startLimit: { readonly most: number; readonly periodMs: number }) {
    this.#limit = startLimit;
  }

  /** For a fleet that begins: give it back with `leave`. */
  enter(account: AccountId, functionArn: string): Share {
    let held = this.#accounts.get(account);
    if (held === undefined) this.#accounts.set(account, (held = new HeldMemory()));
    const share = this.#functions.get(functionArn) ?? new Share(held, new StartAllowance(this.#limit));
    this.#functions.delete(functionArn);
    this.#functions.set(functionArn, share);
    share.fleets += 1;
    if (this.#functions.size > REMEMBERED_MAX) this.#forgetOldest();
    return share;
  }

  leave(share: Share): void {
    share.fleets -= 1;
  }

  #forgetOldest(): void {
    for (const [functionArn, { fleets }] of this.#functions) {
      if (fleets > 0) continue;
      this.#functions.delete(functionArn);
      return;
    }
  }
}
