// The bwrap processes of the launcher process: started, joined to their groups, killed.
//
// Owns: every bwrap process, and which lot (host uid) each of them has.
// Never: follows a link (all folders above what is made here are root's), gives a lot to two, signals a process by a number that it was told.
// Invariants:
//   I1 A sandbox runs under a uid of the range and no other; bwrap, which opens the paths that it binds, does so as that uid.
//   I2 A process is in its groups before bwrap has read its options, and cannot start anything before that.
//   I3 A lot is taken again only when bwrap has exited and its group is empty.

import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { BwrapProcess } from '../bwrap/bwrap-process.ts';
import type { BwrapTools } from '../bwrap/bwrap-process.ts';
import type { UidRange } from '../bwrap/host-uids.ts';
import type { SandboxFolders, SandboxPlan } from '../bwrap/sandbox-plan.ts';
import { processesIn } from '../cgroups/control-file.ts';
import { hasCode } from '../slots/link-tree.ts';
import type { Reply } from './replies.ts';
import type { StreamDesk, Streams } from './streams.ts';

export interface HeldSandboxesOptions {
  readonly tools: BwrapTools;
  readonly desk: StreamDesk;
  readonly slotsFolder: string;
  readonly folders: SandboxFolders;
  readonly uidRange: UidRange;
  /** Who fills the slots: the platform. */
  readonly owner: number;
  /** The roots of the platform's groups, in the order in which a process joins them. */
  readonly groups: () => readonly string[];
  readonly reply: (reply: Reply) => void;
}

interface Held {
  readonly plan: SandboxPlan;
  bwrap: BwrapProcess | undefined;
  hasBegun: boolean;
  hasExited: boolean;
  isWanted: boolean;
}

/** The platform connects before it asks. */
const STREAMS_TIMEOUT_MS = 10_000;

export class HeldSandboxes {
  readonly #options: HeldSandboxesOptions;
  readonly #byId = new Map<string, Held>();
  readonly #byLot = new Map<number, Held>();
  readonly #starting = new Set<Promise<unknown>>();
  /** For streams; each can be given up. */
  readonly #waits = new Set<(nothing: undefined) => void>();
  #joins: Promise<unknown> = Promise.resolve();
  #isOver = false;

  constructor(options: HeldSandboxesOptions) {
    this.#options = options;
  }

  /** The platform makes slots in it, whose entries have the group of the sandbox; the sandbox may pass through it. */
  makeLot(lot: number): void {
    const { slotsFolder, uidRange, owner } = this.#options;
    if (lot >= uidRange.count) return this.#refuse(`lot ${lot}`, `lot ${lot} is not in the range`);
    const folder = join(slotsFolder, String(lot));
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    chownSync(folder, owner, uidRange.first + lot);
    chmodSync(folder, 0o2710);
    this.#options.reply({ kind: 'lot', lot });
  }

  async launch(plan: SandboxPlan): Promise<void> {
    const refusal = this.#refusalOf(plan);
    if (refusal !== undefined) return this.#fail(plan.id, refusal);
    const held: Held = { plan, bwrap: undefined, hasBegun: false, hasExited: false, isWanted: true };
    const last = this.#byLot.get(plan.lot);
    this.#byId.set(plan.id, held);
    this.#byLot.set(plan.lot, held);
    if (last !== undefined && !(await this.#isGone(last))) {
      this.#byId.delete(plan.id);
      this.#byLot.set(plan.lot, last);
      return this.#fail(plan.id, `lot ${plan.lot} is in use`);
    }
    const failure = await this.#start(held);
    if (failure === undefined) return;
    this.#byId.delete(plan.id);
    if (this.#byLot.get(plan.lot) === held) this.#byLot.delete(plan.lot);
    this.#fail(plan.id, failure);
  }

  begin(id: string): void {
    const held = this.#byId.get(id);
    if (held?.bwrap === undefined || held.hasBegun)
      return this.#refuse(`begin ${id}`, `there is no sandbox ${id} that waits to begin`);
    held.hasBegun = true;
    const { slotsFolder, folders } = this.#options;
    held.bwrap.begin(join(slotsFolder, String(held.plan.lot), id), folders);
  }

  kill(id: string): void {
    const held = this.#byId.get(id);
    if (held === undefined) return this.#refuse(`kill ${id}`, `there is no sandbox ${id}`);
    held.isWanted = false;
    held.bwrap?.kill();
  }

  /** Nothing starts any more, and all that runs is killed; resolves when every bwrap has exited. */
  async end(): Promise<void> {
    this.#isOver = true;
    for (const giveUp of this.#waits) giveUp(undefined);
    for (const id of this.#byId.keys()) this.kill(id);
    await Promise.all(this.#starting);
    await Promise.allSettled([...this.#byId.values()].flatMap(({ bwrap }) => (bwrap === undefined ? [] : [bwrap.exited])));
  }

  #refusalOf({ id, lot }: SandboxPlan): string | undefined {
    if (this.#isOver) return 'the launcher process ends';
    if (lot >= this.#options.uidRange.count) return `lot ${lot} is not in the range`;
    return this.#byId.has(id) ? `the sandbox ${id} is there already` : undefined;
  }

  async #isGone({ plan, hasExited }: Held): Promise<boolean> {
    const left = await Promise.all(this.#options.groups().map((group) => processesIn(join(group, plan.id))));
    return hasExited && left.flat().length === 0;
  }

  /** What is to be said where it failed. */
  async #start(held: Held): Promise<string | undefined> {
    const starting = this.#spawn(held);
    this.#starting.add(starting);
    const failure = await starting.catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    this.#starting.delete(starting);
    return failure;
  }

  async #spawn(held: Held): Promise<string | undefined> {
    const { plan } = held;
    const { tools, uidRange, reply } = this.#options;
    const streams = await this.#streamsOf(plan.id);
    if (streams === undefined) return 'its streams did not come';
    const sockets = [streams.stdout, streams.stderr, streams.channel] as const;
    try {
      if (this.#isOver || !held.isWanted) return 'it is not wanted any more';
      for (const socket of sockets) setBlocking(socket);
      const take = (pid: number): Promise<void> => this.#join(plan.id, pid);
      const hostUid = uidRange.first + plan.lot;
      held.bwrap = await BwrapProcess.start({ ...tools, plan, hostUid, streams: sockets, join: take, accompany: take });
    } finally {
      // bwrap has them by now.
      for (const socket of sockets) socket.destroy();
    }
    void held.bwrap.exited.then(
      (exit) => {
        held.hasExited = true;
        this.#byId.delete(plan.id);
        reply({ kind: 'exited', id: plan.id, ...exit });
      },
      (error: unknown) => {
        // Its network hangs in the kernel: the lot is never taken again (I3), and the other sandboxes go on.
        this.#byId.delete(plan.id);
        reply({ kind: 'hangs', id: plan.id, reason: String(error) });
      },
    );
    if (!held.isWanted) held.bwrap.kill();
    reply({ kind: 'waiting', id: plan.id, pid: held.bwrap.pid });
    return undefined;
  }

  async #streamsOf(id: string): Promise<Streams | undefined> {
    const { desk, tools } = this.#options;
    const { promise: tooLate, resolve } = Promise.withResolvers<undefined>();
    const timer = tools.clock.after(STREAMS_TIMEOUT_MS, () => resolve(undefined));
    this.#waits.add(resolve);
    const streams = await Promise.race([desk.take(id), tooLate]);
    timer.cancel();
    this.#waits.delete(resolve);
    return streams;
  }

  /**
   * I2. One after another: the first waits for a grace period of the kernel (5 to 30 ms) and lets those through that follow at once. The
   * groups were made by the platform, whose folders above they are; in a cgroup filesystem there are no links.
   */
  #join(id: string, pid: number): Promise<void> {
    const turn = this.#joins.then(async () => {
      for (const group of this.#options.groups()) await writeFile(join(group, id, 'cgroup.procs'), String(pid));
    });
    this.#joins = turn.catch(() => {
      // Whoever took the turn hears of it.
    });
    return turn;
  }

  #fail(id: string, reason: string): void {
    this.#options.desk.forget(id);
    this.#options.reply({ kind: 'failed', id, reason });
  }

  #refuse(about: string, reason: string): void {
    this.#options.reply({ kind: 'refused', about, reason });
  }
}

/** Accepted sockets do not block, and both ends of a descriptor share that; a program that finds its streams so is surprised. */
function setBlocking(socket: Streams['channel']): void {
  const handle: unknown = Object(socket)['_handle'];
  if (typeof handle === 'object' && handle !== null && 'setBlocking' in handle && typeof handle.setBlocking === 'function')
    handle.setBlocking(true);
}
