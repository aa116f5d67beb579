// One bwrap: started with nothing of the platform's in its arguments or its environment, taken into its groups, and held until its options come.
//
// Owns: the process, and the network that it is started in where the function has the internet.
// Invariants:
//   I1 bwrap never runs as host uid 0: root's bwrap leaves kernel knobs under /proc/sys writable.
//   I2 It is in its groups before it has read its options, and cannot start anything before that.
//   I3 When `exited` resolves, the network is gone as well.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';

import type { Clock } from '#kernel';
import type { ProcessExit } from '../enclosure.ts';
import { LaunchFailed } from '../launch-failed.ts';
import type { NetworkTools } from '../network/keeper-arguments.ts';
import { PrivateNetwork } from '../network/private-network.ts';
import { CONFIG_FD, FILTER_FD, OPTIONS_FD, planArguments, planFrame, planOptions } from './sandbox-plan.ts';
import type { SandboxFolders, SandboxPlan } from './sandbox-plan.ts';

export interface BwrapTools {
  readonly clock: Clock;
  readonly bwrapPath: string;
  readonly filterPath: string;
  /** Undefined: bwrap is the sandbox itself; otherwise it is the frame of one that crun makes. */
  readonly crunPath: string | undefined;
  /** Undefined where no network with the internet can be made. */
  readonly networkTools: NetworkTools | undefined;
}

export interface BwrapProcessOptions extends BwrapTools {
  readonly plan: SandboxPlan;
  /** Undefined: this process is no root, and bwrap runs as it does. */
  readonly hostUid: number | undefined;
  /** stdout, stderr and the channel: sockets that somebody holds the other ends of. Without them, pipes are made. */
  readonly streams?: readonly [Socket, Socket, Socket];
  /** Takes a process into the groups of the sandbox. */
  readonly join: (pid: number) => Promise<void>;
  /** The same for its network's, which is not part of it. */
  readonly accompany: (pid: number) => Promise<void>;
}

export class BwrapProcess {
  readonly pid: number;
  readonly exited: Promise<ProcessExit>;
  readonly #options: BwrapProcessOptions;
  readonly #child: ChildProcess;
  #hasBegun = false;

  private constructor(options: BwrapProcessOptions, child: ChildProcess, pid: number, network: PrivateNetwork | undefined) {
    this.pid = pid;
    this.#options = options;
    this.#child = child;
    const exit = new Promise<ProcessExit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ exitCode: code ?? undefined, signal: signal ?? undefined }));
    });
    this.exited = network === undefined ? exit : exit.then((how) => network.close().then(() => how));
    // A function whose network is gone would fail for a reason that is not its own.
    void network?.ended.then(() => this.kill());
  }

  /** Resolves when it waits for its options. Rejects with `LaunchFailed`, and leaves nothing. */
  static async start(options: BwrapProcessOptions): Promise<BwrapProcess> {
    const network = await openNetwork(options);
    const child = spawnBwrap(options, network?.entry ?? []);
    if (child.pid === undefined) {
      const [[cause]] = await Promise.all([once(child, 'error'), network?.close()]);
      throw new LaunchFailed(`${options.bwrapPath} could not be started: ${String(cause)}`, { cause });
    }
    const bwrap = new BwrapProcess(options, child, child.pid, network);
    try {
      // I2. Off the event loop: the first join after a quiet moment waits for a grace period of the kernel, 5 to 30 ms.
      await options.join(child.pid);
    } catch (error) {
      bwrap.kill();
      await bwrap.exited;
      throw error;
    }
    return bwrap;
  }

  /** Where pipes were made. */
  get streams(): { readonly stdout: Socket; readonly stderr: Socket; readonly channel: Socket } {
    const [, stdout, stderr, channel] = this.#child.stdio;
    assert(stdout instanceof Socket && stderr instanceof Socket && channel instanceof Socket, 'all pipes of a sandbox are open');
    return { stdout, stderr, channel };
  }

  /** The sandbox is made, and what is in it starts. */
  begin(slotFolder: string, folders: SandboxFolders): void {
    assert(!this.#hasBegun, 'a sandbox begins once');
    this.#hasBegun = true;
    const { plan, crunPath, filterPath } = this.#options;
    if (crunPath === undefined) return this.#send(OPTIONS_FD, planOptions(plan, slotFolder, folders));
    const { options, config } = planFrame(plan, slotFolder, folders, readFileSync(filterPath));
    this.#send(OPTIONS_FD, options);
    return this.#send(CONFIG_FD, config);
  }

  #send(descriptor: number, text: string): void {
    const pipe: unknown = Object(this.#child.stdio)[descriptor];
    assert(pipe instanceof Writable, 'the pipes for what bwrap reads are open');
    // A bwrap that died already is reported by its exit.
    pipe.on('error', () => pipe.destroy());
    pipe.end(text);
  }

  /** Everything inside dies with it. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

async function openNetwork(options: BwrapProcessOptions): Promise<PrivateNetwork | undefined> {
  const { plan, clock, networkTools, hostUid, accompany } = options;
  if (plan.network !== 'internet') return undefined;
  if (networkTools === undefined) throw new LaunchFailed('No network with the internet can be made here');
  return PrivateNetwork.open({ clock, tools: networkTools, hostUid, join: accompany });
}

function spawnBwrap(options: BwrapProcessOptions, entry: readonly string[]): ChildProcess {
  const { bwrapPath, filterPath, crunPath, plan, hostUid, streams } = options;
  assert(hostUid !== 0 && (hostUid !== undefined || process.geteuid?.() !== 0), 'I1');
  assert(FILTER_FD === 4 && CONFIG_FD === 4 && OPTIONS_FD === 5, 'as they stand in the list below');
  // Fresh for each sandbox: bwrap reads to the end, and a shared file position would give the next one an empty filter.
  const filter = openSync(filterPath, 'r');
  try {
    const [program = bwrapPath, ...args] = [...entry, bwrapPath, ...planArguments(plan, crunPath)];
    return spawn(program, args, {
      ...(hostUid === undefined ? {} : { uid: hostUid, gid: hostUid }),
      cwd: '/',
      env: {},
      // A session of its own: Ctrl-C in the operator's terminal is for the platform, which ends its sandboxes in order.
      detached: true,
      stdio: ['ignore', ...(streams ?? (['pipe', 'pipe', 'pipe'] as const)), crunPath === undefined ? filter : 'pipe', 'pipe'],
    });
  } finally {
    closeSync(filter);
  }
}
