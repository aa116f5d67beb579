// The seam between sandboxes and whoever starts bwrap for them: this process where the platform is an ordinary user, or else the launcher process.

import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { join } from 'node:path';

import type { ProcessExit } from '../enclosure.ts';
import type { Restraint } from '../restraint.ts';
import { BwrapProcess } from './bwrap-process.ts';
import type { BwrapTools } from './bwrap-process.ts';
import type { SandboxFolders, SandboxPlan } from './sandbox-plan.ts';

/** A place for one sandbox: a host uid, and the folder that its slot lies in. */
export interface Lot {
  readonly number: number;
  readonly folder: string;
  /** Whether what is made in the folder belongs to the group of the sandbox. */
  readonly givesGroup: boolean;
}

export interface BwrapStarter {
  takeLot(): Promise<Lot>;
  /** When everything of the sandbox is gone. */
  giveBack(lot: Lot): void;
  /** Resolves when bwrap is in its groups and waits. Rejects with `LaunchFailed`, and leaves nothing. */
  start(plan: SandboxPlan, restraint: Restraint): Promise<WaitingBwrap>;
}

export interface WaitingBwrap {
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly channel: Socket;
  readonly exited: Promise<ProcessExit>;
  /** Its slot is there: the sandbox is made, and the runtime in it starts. */
  begin(): void;
  /** The outer bwrap: everything inside dies with it. */
  kill(): void;
}

export interface OwnStarterOptions {
  readonly tools: BwrapTools;
  readonly slotsFolder: string;
  readonly folders: SandboxFolders;
}

/** For an ordinary user: all sandboxes have its uid. */
export class OwnStarter implements BwrapStarter {
  readonly #options: OwnStarterOptions;

  constructor(options: OwnStarterOptions) {
    this.#options = options;
  }

  takeLot(): Promise<Lot> {
    return Promise.resolve({ number: 0, folder: this.#options.slotsFolder, givesGroup: false });
  }

  giveBack(): void {}

  async start(plan: SandboxPlan, restraint: Restraint): Promise<WaitingBwrap> {
    const { tools, slotsFolder, folders } = this.#options;
    const bwrap = await BwrapProcess.start({
      ...tools,
      plan,
      hostUid: undefined,
      join: (pid) => restraint.join(pid),
      accompany: (pid) => restraint.accompany(pid),
    });
    return {
      ...bwrap.streams,
      exited: bwrap.exited,
      begin: () => bwrap.begin(join(slotsFolder, plan.id), folders),
      kill: () => bwrap.kill(),
    };
  }
}
