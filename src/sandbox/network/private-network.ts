// The network of one sandbox that may use the internet: a namespace with a packet filter, and slirp4netns, which carries what the filter lets through
// over ordinary sockets of the host. It needs no kernel knob and no privilege, so it is the same for root and for an ordinary user.
//
// Owns: one keeper (bubblewrap with the namespace's first process and slirp4netns in it) and the pipes to it.
// Never: gives the namespace a device before its rules were read back from the kernel.
// Invariants:
//   I1 Nothing of it runs as host uid 0.
//   I2 When the platform dies, however it dies, all of it ends: it is below one bwrap that dies with its parent, and hangs on a pipe.
//   I3 `ended` resolves when there is no way out of the namespace any more, whoever ended it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { Duplex } from 'node:stream';

import type { Clock } from '#kernel';
import { pause } from '../cgroups/control-file.ts';
import { LaunchFailed } from '../launch-failed.ts';
import { isAlive, processesBelow } from '../process-tree-restraint.ts';
import { hostAddresses } from './host-addresses.ts';
import { KEEPER_FD, keeperCommand, keeperOptions } from './keeper-arguments.ts';
import type { NetworkTools } from './keeper-arguments.ts';
import { flawOf, ruleset } from './rules.ts';

const START_TIMEOUT_MS = 10_000;
const COMPLAINT_CHARACTERS = 2000;
const GONE_ATTEMPTS = 2000;

export interface PrivateNetworkOptions {
  readonly clock: Clock;
  readonly tools: NetworkTools;
  /** The sandbox's uid on the host, and the gid of the same number; undefined where the platform is no root. */
  readonly hostUid: number | undefined;
  /** Takes the keeper into the sandbox's groups before it starts anything: what the network costs is the function's. */
  readonly join: (pid: number) => Promise<void>;
}

export class PrivateNetwork {
  /** What comes before the command that shall run inside, as the uid that the network was made for. */
  readonly entry: readonly string[];
  readonly ended: Promise<void>;
  readonly #keeper: Keeper;

  private constructor(keeper: Keeper, tools: NetworkTools, pid: number) {
    this.entry = [tools.nsenter, `--user=/proc/${pid}/ns/user`, `--net=/proc/${pid}/ns/net`, '--preserve-credentials', '--'];
    this.ended = keeper.detached;
    this.#keeper = keeper;
  }

  /** Resolves when the rules are in force and the way out is open. Rejects with `LaunchFailed`, and leaves nothing. */
  static async open(options: PrivateNetworkOptions): Promise<PrivateNetwork> {
    const keeper = new Keeper(options);
    const timer = options.clock.after(START_TIMEOUT_MS, () => keeper.expire());
    try {
      const pid = await keeper.start(options);
      return new PrivateNetwork(keeper, options.tools, pid);
    } catch (error) {
      await keeper.close();
      throw error;
    } finally {
      timer.cancel();
    }
  }

  /** SIGKILL; resolves when nothing of it is left. */
  close(): Promise<void> {
    return this.#keeper.close();
  }
}

class Keeper {
  readonly detached: Promise<void>;
  readonly #clock: Clock;
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  #complaint = '';

  constructor({ clock, tools, hostUid }: PrivateNetworkOptions) {
    assert(hostUid !== 0 && (hostUid !== undefined || process.geteuid?.() !== 0), 'I1: no network is made by root');
    this.#clock = clock;
    this.#process = spawn(tools.bwrap, ['--args', String(KEEPER_FD.options), '--', ...keeperCommand(tools)], {
      ...(hostUid === undefined ? {} : { uid: hostUid, gid: hostUid }),
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    this.#exited = new Promise((resolve) => {
      this.#process.once('close', () => resolve());
      this.#process.once('error', (error) => {
        this.#complaint = error.message;
        resolve();
      });
    });
    // Whichever pipe breaks, the keeper has ended, which `close` tells.
    for (const stream of this.#process.stdio) stream?.on('error', () => stream.destroy());
    this.#readable(2).setEncoding('utf8');
    this.#readable(2).on('data', (chunk: string) => (this.#complaint = (this.#complaint + chunk).slice(-COMPLAINT_CHARACTERS)));
    this.detached = new Promise((resolve) => this.#readable(KEEPER_FD.go).once('close', resolve).resume());
  }

  /** The host's number for the process that is in the namespace. */
  async start({ tools, join }: PrivateNetworkOptions): Promise<number> {
    const { pid } = this.#process;
    if (pid !== undefined) await join(pid);
    const addresses = hostAddresses();
    const info = said(this.#readable(KEEPER_FD.info));
    const listing = said(this.#readable(1), '\n');
    this.#writable(KEEPER_FD.options).end(
      keeperOptions(tools)
        .map((option) => `${option}\0`)
        .join(''),
    );
    this.#writable(0).end(ruleset(addresses));

    const flaw = flawOf(parsed(await listing), addresses);
    if (flaw !== undefined) throw this.#failure(`its packet filter is not in force: ${flaw}`);
    const child: unknown = Object(parsed(await info))['child-pid'];
    if (typeof child !== 'number') throw this.#failure('bubblewrap did not say who is inside');
    const ready = said(this.#readable(KEEPER_FD.ready));
    this.#writable(KEEPER_FD.go).write('go\n');
    if ((await ready) !== '1') throw this.#failure('slirp4netns did not start');
    return child;
  }

  expire(): void {
    this.#complaint = `it took more than ${START_TIMEOUT_MS} ms. ${this.#complaint}`;
    this.#kill();
  }

  /** What is below bwrap dies after it, by the kernel's hand: a moment later. */
  async close(): Promise<void> {
    const { pid } = this.#process;
    const all = pid === undefined ? [] : processesBelow(pid);
    this.#kill();
    await this.#exited;
    for (let attempt = 0; all.some(isAlive); attempt++) {
      if (attempt === GONE_ATTEMPTS)
        throw new Error(`Processes of a network (${all.join(', ')}) survive SIGKILL; they hang in the kernel`);
      await pause(this.#clock, Math.min(attempt, 10));
    }
  }

  #kill(): void {
    this.#process.kill('SIGKILL');
  }

  #failure(what: string): LaunchFailed {
    const complaint = this.#complaint.trim().replaceAll('\n', '; ');
    return new LaunchFailed(`No network with the internet could be made: ${what}${complaint === '' ? '' : ` (${complaint})`}`);
  }

  #readable(descriptor: number): Readable {
    return this.#stream(descriptor);
  }

  #writable(descriptor: number): Writable {
    return this.#stream(descriptor);
  }

  /** Node's pipes are sockets: each can be read and written, whichever end the child uses. */
  #stream(descriptor: number): Duplex {
    const stream: unknown = Object(this.#process.stdio)[descriptor];
    assert(stream instanceof Duplex, 'every pipe to the keeper is open');
    return stream;
  }
}

/** Everything until the mark, or until the end, however that comes. What follows the mark is read and dropped, so that nobody waits for it. */
function said(stream: Readable, mark?: string): Promise<string> {
  return new Promise((resolve) => {
    let gathered = '';
    let isEnough = false;
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      if (isEnough) return;
      gathered += chunk;
      isEnough = mark !== undefined && gathered.includes(mark);
      if (isEnough) resolve(gathered);
    });
    stream.once('close', () => resolve(gathered));
  });
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // Cut short by the keeper's end, which is what the caller then tells.
    return undefined;
  }
}
