// Brings up generic sandboxes: for invocations that wait, and ahead of them, one at a time and never on a request's path.
// Owns: the shelves, and how many launches are under way.
// I1: never more launches at once than the settings say; a refill only when nobody waits for a launch, and one at a time.
// I2: every launched sandbox is charged to the budget before its launch and until it is gone.

import { LIMITS } from '#kernel';
import type { Clock, Log } from '#kernel';
import type { InvocableFunction } from '#registry';
import type { LaunchRequest, Launcher, Sandbox } from '#sandbox';
import { Alarm } from './alarm.ts';
import type { Budget } from './budget.ts';
import type { Disposal } from './disposal.ts';
import { isGeneric, launchRequest, placedRequest } from './launch-request.ts';
import { SCALE } from './scale.ts';
import type { PoolSettings } from './settings.ts';
import { Shelf } from './shelf.ts';

export interface LaunchListener {
  /** False while an invocation lacks memory: a refill would take what is being freed for it. */
  mayRefill(): boolean;
  /** A sandbox waits on a shelf. */
  parked(): void;
  failed(shelf: Shelf, cause: unknown): void;
}

interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  readonly launcher: Launcher;
  readonly budget: Budget;
  readonly disposal: Disposal;
  readonly settings: PoolSettings;
  readonly listener: LaunchListener;
}

export class Launches {
  readonly #parts: Parts;
  readonly #shelves = new Map<string, Shelf>();
  readonly #refillAlarm: Alarm;
  readonly #pending = new Set<Promise<void>>();
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#refillAlarm = new Alarm(parts.clock, () => this.refill());
    const { network, prewarmedRuntimes } = parts.settings;
    for (const runtime of prewarmedRuntimes) {
      const request = { runtime, network, ephemeralMiB: LIMITS.ephemeralMiBMin, startEnvironment: {} };
      this.#shelf(request, kindOf(request), undefined);
    }
  }

  get underWay(): number {
    return this.#pending.size;
  }

  get parkedCount(): number {
    let count = 0;
    for (const shelf of this.#shelves.values()) count += shelf.parked.length;
    return count;
  }

  /** Sandboxes that start in their own way belong to one function version from their first moment on: it has a shelf of its own. */
  shelfFor(invocable: InvocableFunction): Shelf {
    const request = launchRequest(invocable);
    return isGeneric(request)
      ? this.#shelf(request, kindOf(request), undefined)
      : this.#shelf(request, `${kindOf(request)} ${invocable.instanceKey}`, invocable);
  }

  #shelf(request: LaunchRequest, key: string, owner: InvocableFunction | undefined): Shelf {
    const known = this.#shelves.get(key);
    if (known !== undefined) return known;
    const { prewarmLeast, prewarmMost } = this.#parts.settings;
    const bounds = owner === undefined ? { least: prewarmLeast, most: prewarmMost } : { least: 0, most: 0 };
    const shelf = new Shelf({ key, request, owner, ...bounds });
    this.#shelves.set(key, shelf);
    return shelf;
  }

  /** A dedicated shelf is forgotten with its function version. */
  forget(shelf: Shelf): void {
    if (shelf.owner === undefined) return;
    for (let sandbox = shelf.giveUp(); sandbox !== undefined; sandbox = shelf.giveUp()) this.#destroy(sandbox);
    this.#shelves.delete(shelf.key);
  }

  /** For invocations that wait: as many as are wanted and not yet on their way. False when only room was lacking. */
  launchWanted(shelf: Shelf, makeRoom: (moreMiB: number, moreSandboxes: number) => boolean): boolean {
    while (shelf.launching < shelf.wanted && this.underWay < this.#parts.settings.launchesAtOnce && !this.#closed) {
      if (!makeRoom(SCALE.genericMiB, 1)) return false;
      this.#launch(shelf);
    }
    return true;
  }

  /** One for somebody who does not wait in the queue, and has seen that there is room. Rejects when it cannot be launched. */
  async launchOne(shelf: Shelf): Promise<Sandbox> {
    this.#parts.budget.charge(SCALE.genericMiB, 1);
    const launched = this.#launched(shelf);
    const pending = launched.then(
      () => void this.#pending.delete(pending),
      () => {
        this.#pending.delete(pending);
        this.#parts.budget.charge(-SCALE.genericMiB, -1);
      },
    );
    this.#pending.add(pending);
    return launched;
  }

  /** Fills the shelves up to their targets, and takes from them what is above. Evicts nothing: pre-warming is a luxury. */
  refill(): void {
    if (this.#closed) return;
    const nowMs = this.#parts.clock.monotonicMs();
    for (const shelf of this.#shelves.values()) {
      shelf.forgetOldTakes(nowMs);
      const target = shelf.target(nowMs);
      while (shelf.parked.length > target) this.#destroyOldest(shelf);
      const fallMs = shelf.nextFallMs();
      if (fallMs !== undefined) this.#refillAlarm.ringBy(fallMs);
      if (shelf.parked.length >= target || this.underWay > 0 || !this.#parts.listener.mayRefill()) continue;
      if (shelf.refillFromMs > nowMs) this.#refillAlarm.ringBy(shelf.refillFromMs);
      else if (this.#parts.budget.fits(SCALE.genericMiB, 1)) this.#launch(shelf);
    }
  }

  /** Parked sandboxes, to be destroyed when memory is short; `except` keeps the one that it will take next. */
  giveUp(count: number, except: Shelf): number {
    let given = 0;
    for (const shelf of this.#shelves.values())
      while (given < count && shelf.parked.length > (shelf === except ? 1 : 0)) {
        this.#destroyOldest(shelf);
        given += 1;
      }
    return given;
  }

  /** Resolves when no launch is under way and every parked sandbox is being destroyed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#refillAlarm.cancel();
    for (const shelf of this.#shelves.values()) while (shelf.parked.length > 0) this.#destroyOldest(shelf);
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  #launch(shelf: Shelf): void {
    const beganMs = this.#parts.clock.monotonicMs();
    shelf.launching += 1;
    this.#parts.budget.charge(SCALE.genericMiB, 1);
    const launching = this.#launched(shelf).then(
      (sandbox) => {
        this.#landed(launching, shelf);
        this.#park(shelf, sandbox, beganMs);
      },
      (cause: unknown) => {
        this.#landed(launching, shelf);
        this.#parts.budget.charge(-SCALE.genericMiB, -1);
        shelf.launchFailed(this.#parts.clock.monotonicMs());
        this.#parts.log.write('error', 'sandbox.launch-failed', { runtime: shelf.request.runtime, cause });
        this.#parts.listener.failed(shelf, cause);
        this.refill();
      },
    );
    this.#pending.add(launching);
  }

  async #launched({ request, owner }: Shelf): Promise<Sandbox> {
    return this.#parts.launcher.launch(owner === undefined ? request : await placedRequest(request, owner));
  }

  #landed(launching: Promise<void>, shelf: Shelf): void {
    this.#pending.delete(launching);
    shelf.launching -= 1;
  }

  #park(shelf: Shelf, sandbox: Sandbox, beganMs: number): void {
    if (this.#closed) {
      this.#destroy(sandbox);
      return;
    }
    const sinceMs = this.#parts.clock.monotonicMs();
    shelf.park({ sandbox, sinceMs, launchMs: sinceMs - beganMs });
    void sandbox.gone.then(() => {
      if (!shelf.lost(sandbox)) return;
      this.#parts.log.write('warn', 'sandbox.lost-while-parked', { sandbox: sandbox.id });
      this.#destroy(sandbox);
      this.refill();
    });
    this.#parts.listener.parked();
    this.refill();
  }

  #destroyOldest(shelf: Shelf): void {
    const sandbox = shelf.giveUp();
    if (sandbox !== undefined) this.#destroy(sandbox);
  }

  #destroy(sandbox: Sandbox): void {
    this.#parts.disposal.destroy(sandbox, SCALE.genericMiB);
  }
}

/** Generic sandboxes of one kind can take each other's place. */
const kindOf = ({ runtime, network, supervised }: LaunchRequest) =>
  `${runtime} ${network}${supervised === true ? ' supervised' : ''}`;
