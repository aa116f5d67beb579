// Generic sandboxes of one kind (runtime, /tmp size, start environment) that wait to become somebody's instance.
// Owns: the parked sandboxes, the record of how many were taken lately, and the rest after failed launches.
// Never: launches (the pool does, within its budget).
// I1: what was taken from the shelf never comes back to it.
// I2: whoever took a sandbox has the processor for a moment before its replacement is made.

import type { InvocableFunction } from '#registry';
import type { LaunchRequest, Sandbox } from '#sandbox';
import { prewarmTarget, refillRestMs, SCALE } from './scale.ts';

export interface ParkedSandbox {
  readonly sandbox: Sandbox;
  readonly sinceMs: number;
  /** How long its launch took. */
  readonly launchMs: number;
}

export class Shelf {
  readonly key: string;
  readonly request: LaunchRequest;
  /** The only function version that can use them; undefined for generic ones. */
  readonly owner: InvocableFunction | undefined;
  launching = 0;
  /** Sandboxes that waiting invocations of all fleets want and do not find here. */
  wanted = 0;
  readonly #least: number;
  readonly #most: number;
  readonly #parked: ParkedSandbox[] = [];
  #takenAtMs: number[] = [];
  #failures = 0;
  #restUntilMs = 0;
  #takenUntilMs = 0;

  /** `least` and `most`: how many wait before anybody asks. Both 0 for sandboxes that only one function version could use. */
  constructor(parts: { key: string; request: LaunchRequest; owner: InvocableFunction | undefined; least: number; most: number }) {
    this.key = parts.key;
    this.owner = parts.owner;
    this.request = parts.request;
    this.#least = parts.least;
    this.#most = parts.most;
  }

  /** From when on a refill may begin; in the past when it may. */
  get refillFromMs(): number {
    return Math.max(this.#restUntilMs, this.#takenUntilMs);
  }

  get parked(): readonly ParkedSandbox[] {
    return this.#parked;
  }

  target(nowMs: number): number {
    return prewarmTarget({ takenAtMs: this.#takenAtMs, least: this.#least, most: this.#most }, nowMs);
  }

  park(parked: ParkedSandbox): void {
    this.#failures = 0;
    this.#restUntilMs = 0;
    this.#parked.push(parked);
  }

  launchFailed(nowMs: number): void {
    this.#failures += 1;
    this.#restUntilMs = nowMs + refillRestMs(this.#failures);
  }

  /** The one that was parked last: its pages are the hottest. */
  take(nowMs: number): ParkedSandbox | undefined {
    const taken = this.#parked.pop();
    if (taken === undefined) return undefined;
    // Not from the last one on: a steady stream of takes must not put the refill off for ever.
    if (this.#takenUntilMs <= nowMs) this.#takenUntilMs = nowMs + SCALE.refillDelayMs;
    this.#takenAtMs = this.#takenAtMs.filter((at) => nowMs - at < SCALE.demandWindowMs);
    if (this.#takenAtMs.length < 2 * this.#most) this.#takenAtMs.push(nowMs);
    return taken;
  }

  /** When the target may fall next; undefined when it is as low as it gets. */
  nextFallMs(): number | undefined {
    const oldest = this.#takenAtMs[0];
    return oldest === undefined ? undefined : oldest + SCALE.demandWindowMs;
  }

  forgetOldTakes(nowMs: number): void {
    this.#takenAtMs = this.#takenAtMs.filter((at) => nowMs - at < SCALE.demandWindowMs);
  }

  /** The oldest one, to be destroyed. */
  giveUp(): Sandbox | undefined {
    return this.#parked.shift()?.sandbox;
  }

  /** It died while it waited. False when it was not here. */
  lost(sandbox: Sandbox): boolean {
    const index = this.#parked.findIndex((parked) => parked.sandbox === sandbox);
    if (index < 0) return false;
    this.#parked.splice(index, 1);
    return true;
  }
}
