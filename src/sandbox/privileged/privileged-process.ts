// The platform's side of the launcher process: starts it, asks it, and notices when it is gone.
//
// Owns: the process, the lots, the streams of sandboxes until they are handed on.
// Invariants:
//   I1 What was asked is answered once, at the latest when the process ends.
//   I2 When the process ends, all its sandboxes have exited: bwrap dies with its parent.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { connect, Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Log } from '#kernel';
import { HostUids } from '../bwrap/host-uids.ts';
import type { SandboxPlan } from '../bwrap/sandbox-plan.ts';
import type { BwrapStarter, Lot, WaitingBwrap } from '../bwrap/starter.ts';
import type { CgroupFinding } from '../cgroups/find.ts';
import type { ProcessExit } from '../enclosure.ts';
import { LaunchFailed } from '../launch-failed.ts';
import type { Restraint } from '../restraint.ts';
import type { SweepReport } from '../sandbox.ts';
import { withKeptCapabilities } from './capabilities.ts';
import { LineReader } from './line-reader.ts';
import type { Reply } from './replies.ts';
import { LAUNCHER_SOCKET } from './settings.ts';
import type { LauncherSettings } from './settings.ts';
import { greeting } from './streams.ts';
import type { StreamName, Streams } from './streams.ts';
import { formatVerb } from './verbs.ts';
import type { Verb } from './verbs.ts';

/** A reply names no more than one sandbox or the groups of a platform. */
const REPLY_BYTES_MAX = 64 * 1024;
/** It runs for as long as the platform and does little: a small heap is enough. */
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning', '--max-old-space-size=64', '--max-semi-space-size=1'];

interface Asked {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

export class PrivilegedProcess implements BwrapStarter {
  readonly pid: number;
  /** Resolves when it has ended without having been asked to: nothing can be launched any more. */
  readonly lost: Promise<void>;
  readonly #settings: LauncherSettings;
  readonly #log: Log;
  readonly #channel: Socket;
  readonly #ended: Promise<void>;
  readonly #uids: HostUids;
  readonly #madeLots = new Set<number>();
  /** What waits for a reply, by the word and the id or number of it. */
  readonly #asked = new Map<string, Asked>();
  readonly #exits = new Map<string, PromiseWithResolvers<ProcessExit>>();
  #isPrepared: { readonly hasGroups: boolean } | undefined;
  #isClosing = false;
  #isGone = false;

  private constructor(settings: LauncherSettings, log: Log, child: ChildProcess, pid: number) {
    const [, , , channel] = child.stdio;
    assert(channel instanceof Socket, 'the launcher process has a channel');
    this.pid = pid;
    this.#settings = settings;
    this.#log = log;
    this.#channel = channel;
    this.#uids = new HostUids(settings.uidRange);
    const { promise: lost, resolve: resolveLost } = Promise.withResolvers<void>();
    this.lost = lost;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (exitCode, signal) => {
        this.#fall();
        if (!this.#isClosing) {
          log.write('error', 'sandbox.launcher-process-lost', { pid, exitCode, signal });
          resolveLost();
        }
        resolve();
      });
    });
    const lines = new LineReader(REPLY_BYTES_MAX, (line) => this.#receive(JSON.parse(line) as Reply));
    channel.on('data', (chunk: Buffer) => assert(lines.push(chunk), 'replies have a bound'));
    // A broken pipe is the death of the process, which its exit reports.
    channel.on('error', () => channel.destroy());
    this.#channel.write(`${JSON.stringify(settings)}\n`);
  }

  static async start(settings: LauncherSettings, log: Log): Promise<PrivilegedProcess> {
    assert.equal(process.geteuid?.(), 0, 'only root can start it');
    const program = fileURLToPath(new URL('./process.ts', import.meta.url));
    const [command, ...rest] = withKeptCapabilities([process.execPath, ...NODE_FLAGS, program]);
    // A session of its own, as for sandboxes; no environment: NODE_OPTIONS are not for it.
    const child = spawn(command, rest, { cwd: '/', env: {}, detached: true, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
    if (child.pid === undefined) {
      const cause = await new Promise<Error>((resolve) => child.once('error', resolve));
      throw new LaunchFailed(`The launcher process could not be started: ${cause.message}`, { cause });
    }
    return new PrivilegedProcess(settings, log, child, child.pid);
  }

  /** Clears what an earlier platform left; after that sandboxes can be started. */
  async prepare(): Promise<{ readonly swept: SweepReport; readonly groups: CgroupFinding }> {
    const reply = await this.#ask({ kind: 'prepare' }, 'prepared');
    assert(reply.kind === 'prepared', 'the answer that was waited for');
    const { swept, groups } = reply;
    this.#isPrepared = { hasGroups: 'version' in groups };
    return { swept, groups: 'version' in groups ? { kind: 'found', place: groups } : { kind: 'none', reason: groups.reason } };
  }

  async takeLot(): Promise<Lot> {
    const uid = this.#uids.take();
    if (uid === undefined) throw new LaunchFailed('Every host uid of the configured range is in use; widen the range');
    const number = uid - this.#settings.uidRange.first;
    try {
      if (!this.#madeLots.has(number)) await this.#ask({ kind: 'lot', lot: number }, `lot ${number}`);
    } catch (error) {
      this.#uids.giveBack(uid);
      throw error;
    }
    this.#madeLots.add(number);
    return { number, folder: join(this.#settings.workDir, 'slots', String(number)), givesGroup: true };
  }

  giveBack({ number }: Lot): void {
    this.#uids.giveBack(this.#settings.uidRange.first + number);
  }

  async start(plan: SandboxPlan, restraint: Restraint): Promise<WaitingBwrap> {
    const { id } = plan;
    const streams = this.#connect(id);
    const exit = Promise.withResolvers<ProcessExit>();
    this.#exits.set(id, exit);
    let hasStarted = false;
    try {
      const reply = await this.#ask({ kind: 'launch', plan }, `launch ${id}`);
      assert(reply.kind === 'waiting', 'the answer that was waited for');
      hasStarted = true;
      // Without groups the process itself is what is known of a sandbox.
      if (this.#isPrepared?.hasGroups !== true) await restraint.join(reply.pid);
    } catch (error) {
      for (const socket of Object.values(streams)) socket.destroy();
      this.#exits.delete(id);
      if (hasStarted) this.#send({ kind: 'kill', id });
      throw error;
    }
    return {
      ...streams,
      exited: exit.promise,
      begin: () => this.#send({ kind: 'begin', id }),
      kill: () => {
        if (this.#exits.has(id)) this.#send({ kind: 'kill', id });
      },
    };
  }

  /** Everything that it started is dead, its groups are gone, and so is it. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#send({ kind: 'end' });
    await this.#ended;
  }

  #connect(id: string): Streams {
    const open = (name: StreamName): Socket => {
      const socket = connect(join(this.#settings.workDir, LAUNCHER_SOCKET));
      // Whoever reads it hears of its end; the launcher process says why there was no sandbox.
      socket.on('error', () => socket.destroy());
      socket.write(greeting(id, name));
      return socket;
    };
    return { stdout: open('stdout'), stderr: open('stderr'), channel: open('channel') };
  }

  #ask(verb: Verb, answer: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#isGone) return reject(gone());
      this.#asked.set(answer, { resolve, reject });
      this.#send(verb);
    });
  }

  #send(verb: Verb): void {
    if (!this.#isGone) this.#channel.write(`${formatVerb(verb)}\n`);
  }

  #receive(reply: Reply): void {
    switch (reply.kind) {
      case 'prepared':
        return this.#answer('prepared', reply);
      case 'lot':
        return this.#answer(`lot ${reply.lot}`, reply);
      case 'waiting':
        return this.#answer(`launch ${reply.id}`, reply);
      case 'failed':
        return this.#answer(`launch ${reply.id}`, new LaunchFailed(`A sandbox could not be started: ${reply.reason}`));
      case 'exited': {
        this.#exits.get(reply.id)?.resolve({ exitCode: reply.exitCode, signal: reply.signal });
        this.#exits.delete(reply.id);
        return undefined;
      }
      case 'hangs': {
        this.#exits.get(reply.id)?.reject(new Error(reply.reason));
        this.#exits.delete(reply.id);
        return undefined;
      }
      case 'refused':
        this.#log.write('error', 'sandbox.launcher-process-refused', { about: reply.about, reason: reply.reason });
        return this.#answer(reply.about, new LaunchFailed(`The launcher process refused: ${reply.reason}`));
      case 'broken':
        this.#log.write('error', 'sandbox.launcher-process-broken', { reason: reply.reason });
        for (const key of this.#asked.keys()) this.#answer(key, new LaunchFailed(`The launcher process failed: ${reply.reason}`));
        return undefined;
      default:
        return reply satisfies never;
    }
  }

  #answer(key: string, answer: Reply | Error): void {
    const asked = this.#asked.get(key);
    this.#asked.delete(key);
    if (answer instanceof Error) asked?.reject(answer);
    else asked?.resolve(answer);
  }

  /** I1, I2 */
  #fall(): void {
    this.#isGone = true;
    for (const { reject } of this.#asked.values()) reject(gone());
    this.#asked.clear();
    for (const { resolve } of this.#exits.values()) resolve({ exitCode: undefined, signal: 'SIGKILL' });
    this.#exits.clear();
  }
}

function gone(): LaunchFailed {
  return new LaunchFailed('The launcher process is gone; the platform has to be started again');
}
