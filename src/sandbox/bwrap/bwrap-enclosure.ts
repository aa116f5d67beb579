// A sandbox by bubblewrap: namespaces, seccomp, read-only everything, a uid of its own, and a restraint around it all.
//
// Owns: one slot, one host uid, one restraint, one bwrap process, and one network where the function has the internet.
// Invariants:
//   I1 bwrap never runs as host uid 0: root's bwrap leaves kernel knobs under /proc/sys writable.
//   I2 The process is in its groups before bwrap has read its options, and cannot start anything before that.
//   I3 After `remove` none of what is owned is left, and only then is the uid given back.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';

import type { Clock } from '#kernel';
import type { EndpointDoor, Enclosure, Place, ProcessExit } from '../enclosure.ts';
import { baseEnvironment, SANDBOX_PATHS } from '../function-environment.ts';
import { LaunchFailed } from '../launch-failed.ts';
import type { NetworkTools } from '../network/keeper-arguments.ts';
import { PrivateNetwork } from '../network/private-network.ts';
import type { Restraint } from '../restraint.ts';
import type { FunctionConnection, LaunchRequest, RuntimeName, SandboxUsage, Specialisation } from '../sandbox.ts';
import type { RuntimeStart } from '../runtimes/runtimes.ts';
import type { Image } from '../slots/image.ts';
import { Slot } from '../slots/slot.ts';
import { bwrapOptions, encodeOptions, SANDBOX_LIMITS } from './arguments.ts';

const OPTIONS_FD = 5;
const FILTER_FD = 4;

export interface BwrapEnclosureOptions {
  readonly id: string;
  readonly request: LaunchRequest;
  readonly start: RuntimeStart;
  readonly bwrapPath: string;
  readonly image: Image;
  /** Called once; runs while bwrap starts and joins its groups. */
  readonly openSlot: () => Promise<Slot>;
  /** Undefined where the platform is no root and every sandbox has its uid. */
  readonly hostUid: number | undefined;
  readonly restraint: Restraint;
  readonly filterPath: string;
  readonly clock: Clock;
  /** Undefined where no network with the internet can be made. */
  readonly networkTools: NetworkTools | undefined;
  readonly endpointPort: number;
  readonly onRemoved: () => void;
}

export class BwrapEnclosure implements Enclosure {
  readonly id: string;
  readonly runtime: RuntimeName;
  readonly channel: Socket;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly endpoint: EndpointDoor | undefined;
  readonly exited: Promise<ProcessExit>;
  readonly #options: BwrapEnclosureOptions;
  readonly #process: ChildProcess;
  readonly #slot: Slot;
  readonly #network: PrivateNetwork | undefined;

  private constructor(options: BwrapEnclosureOptions, child: ChildProcess, slot: Slot, network: PrivateNetwork | undefined) {
    const [, stdout, stderr, channel] = child.stdio;
    assert(
      stdout instanceof Readable && stderr instanceof Readable && channel instanceof Socket,
      'all pipes of a sandbox are open',
    );
    this.id = options.id;
    this.runtime = options.request.runtime;
    this.channel = channel;
    this.stdout = stdout;
    this.stderr = stderr;
    this.endpoint =
      options.request.network === 'none' ? undefined : { port: options.endpointPort, socketPath: `/var/${Slot.endpointSocket}` };
    this.#options = options;
    this.#process = child;
    this.#slot = slot;
    this.#network = network;
    // A function whose network is gone would fail for a reason that is not its own.
    void network?.ended.then(() => this.#kill());
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ exitCode: code ?? undefined, signal: signal ?? undefined }));
    });
  }

  static async start(options: BwrapEnclosureOptions): Promise<BwrapEnclosure> {
    const network = await openNetwork(options);
    try {
      return await BwrapEnclosure.#startIn(network, options);
    } catch (error) {
      await network?.close();
      throw error;
    }
  }

  static async #startIn(network: PrivateNetwork | undefined, options: BwrapEnclosureOptions): Promise<BwrapEnclosure> {
    const child = spawnBwrap(options, network?.entry ?? []);
    if (child.pid === undefined) {
      const cause = await new Promise<Error>((resolve) => child.once('error', resolve));
      throw new LaunchFailed(`${options.bwrapPath} could not be started: ${cause.message}`, { cause });
    }
    // I2. Off the event loop: the first join after a quiet moment waits for a grace period of the kernel, 5 to 30 ms.
    const [joined, opened] = await Promise.allSettled([options.restraint.join(child.pid), options.openSlot()]);
    if (joined.status === 'fulfilled' && opened.status === 'fulfilled') {
      const enclosure = new BwrapEnclosure(options, child, opened.value, network);
      sendOptions(options, opened.value, child);
      return enclosure;
    }
    child.kill('SIGKILL');
    if (opened.status === 'fulfilled') await opened.value.remove();
    throw joined.status === 'rejected' ? joined.reason : new LaunchFailed('The slot could not be opened', { cause: opened });
  }

  async runtimeStarted(): Promise<void> {
    this.#slot.runtimeStarted();
  }

  placeOf(specialisation: Specialisation): Place {
    const environment = { ...baseEnvironment(this.runtime, SANDBOX_PATHS), ...specialisation.environment };
    return { taskRoot: SANDBOX_PATHS.task, layerRoot: SANDBOX_PATHS.opt, environment };
  }

  furnish(specialisation: Specialisation): void | Promise<void> {
    return this.#slot.furnish(specialisation);
  }

  limit({ memoryMiB }: Specialisation): void {
    const { restraint, request } = this.#options;
    restraint.limit({ memoryMiB, ephemeralMiB: request.ephemeralMiB });
  }

  setRunning(running: boolean): void {
    if (running) this.#options.restraint.watch(() => this.#kill());
    else this.#options.restraint.unwatch();
  }

  ranOutOfMemory(): boolean {
    return this.#options.restraint.ranOutOfMemory();
  }

  onConnection(listener: (connection: FunctionConnection) => void): void {
    this.#slot.onConnection(listener);
  }

  freeze(): Promise<void> {
    return this.#options.restraint.freeze();
  }

  thaw(): Promise<void> {
    return this.#options.restraint.thaw();
  }

  usage(): SandboxUsage {
    return this.#options.restraint.usage();
  }

  resetPeak(): void {
    this.#options.restraint.resetPeak();
  }

  async remove(): Promise<void> {
    this.#kill();
    await this.#options.restraint.remove();
    await this.exited;
    await this.#network?.close();
    await this.#slot.remove();
    this.#options.onRemoved();
  }

  /** The outer bwrap: everything inside dies with it. */
  #kill(): void {
    this.#process.kill('SIGKILL');
  }
}

async function openNetwork({
  request,
  clock,
  networkTools,
  hostUid,
  restraint,
}: BwrapEnclosureOptions): Promise<PrivateNetwork | undefined> {
  if (request.network !== 'internet') return undefined;
  assert(networkTools !== undefined, 'the launcher has checked that it can be had');
  return PrivateNetwork.open({ clock, tools: networkTools, hostUid, join: (pid) => restraint.accompany(pid) });
}

function spawnBwrap({ bwrapPath, hostUid, filterPath, start }: BwrapEnclosureOptions, entry: readonly string[]): ChildProcess {
  const identity = hostUid === undefined ? {} : { uid: hostUid, gid: hostUid };
  assert(hostUid !== 0 && (hostUid !== undefined || process.geteuid?.() !== 0), 'I1: bwrap as root is no sandbox');
  // Fresh for each sandbox: bwrap reads to the end, and a shared file position would give the next one an empty filter.
  const filter = openSync(filterPath, 'r');
  try {
    const options = ['--args', String(OPTIONS_FD), '--', ...SANDBOX_LIMITS, ...start.command(SANDBOX_PATHS)];
    const [program = bwrapPath, ...args] = [...entry, bwrapPath, ...options];
    return spawn(program, args, {
      ...identity,
      cwd: '/',
      env: {},
      // A session of its own: Ctrl-C in the operator's terminal is for the platform, which ends its sandboxes in order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', filter, 'pipe'],
    });
  } finally {
    closeSync(filter);
  }
}

function sendOptions({ image, request, start }: BwrapEnclosureOptions, slot: Slot, child: ChildProcess): void {
  const options = bwrapOptions({
    slotFolder: slot.folder,
    runtimeFolder: image.runtimeFolder,
    langFolder: start.langFolder,
    etcFolder: image.etcFolder,
    network: request.network,
    ephemeralMiB: request.ephemeralMiB,
    environment: { ...baseEnvironment(request.runtime, SANDBOX_PATHS), ...request.startEnvironment },
    filterFd: FILTER_FD,
  });
  const pipe: unknown = Object(child.stdio)[OPTIONS_FD];
  assert(pipe instanceof Writable, 'the pipe for the options is open');
  // A bwrap that died already is reported by its exit.
  pipe.on('error', () => pipe.destroy());
  pipe.end(encodeOptions(options));
}
