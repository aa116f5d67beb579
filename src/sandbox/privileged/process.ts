// The launcher process: the only part of the platform that stays root. It starts bwrap under the uids of sandboxes, lets it join its groups, and
// kills it. The process that parses requests gave its rights away and asks for these things over a socket pair, by the verbs of verbs.ts.
//
// Owns: the listening socket, the folder of slots, the filter, the groups' root folders, all bwrap processes.
// Never: takes a path, a program, an argument or a uid from the platform; reads a byte that came from a sandbox or from the network.
// Invariants:
//   I1 The first line is its settings, written by root's hand before anything was parsed; it is not taken twice.
//   I2 When the channel ends, for whatever reason, everything that it started is dead before this process ends.

import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

import type { Clock } from '#kernel';
import { foldersAt } from '../cgroups/find.ts';
import { sweepGroups } from '../cgroups/sweep.ts';
import { seccompFilter } from '../bwrap/seccomp/filter.ts';
import { removeOtherImages } from '../slots/image.ts';
import { HeldSandboxes } from './held-sandboxes.ts';
import { LineReader } from './line-reader.ts';
import { prepareGround, waitForPredecessor } from './preparation.ts';
import type { Reply } from './replies.ts';
import { CHANNEL_FD, LAUNCHER_SOCKET } from './settings.ts';
import type { LauncherSettings } from './settings.ts';
import { StreamDesk } from './streams.ts';
import { LINE_BYTES_MAX, parseVerb } from './verbs.ts';

const clock: Clock = {
  now: () => 0,
  monotonicMs: () => Number(process.hrtime.bigint() / 1_000_000n),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

class LauncherProcess {
  readonly #channel: Socket;
  readonly #settings: LauncherSettings;
  readonly #desk = new StreamDesk();
  readonly #held: HeldSandboxes;
  #groups: readonly string[] = [];
  #isPrepared = false;
  #ending: Promise<void> | undefined;

  constructor(channel: Socket, settings: LauncherSettings) {
    this.#channel = channel;
    this.#settings = settings;
    const { bwrapPath, crunPath, networkTools } = settings;
    this.#held = new HeldSandboxes({
      ...settings,
      tools: { clock, bwrapPath, crunPath, networkTools, filterPath: join(settings.workDir, 'filter.bpf') },
      desk: this.#desk,
      slotsFolder: join(settings.workDir, 'slots'),
      groups: () => this.#groups,
      reply: (reply) => this.#reply(reply),
    });
  }

  /** Whatever the line is, this process goes on. */
  take(line: string): void {
    try {
      this.#obey(line);
    } catch (error) {
      this.#reply({ kind: 'refused', about: aboutOf(line), reason: String(error) });
    }
  }

  #obey(line: string): void {
    const verb = parseVerb(line);
    // Before the ground is prepared there is nothing to make sandboxes of.
    if (verb === undefined || (!this.#isPrepared && verb.kind !== 'prepare' && verb.kind !== 'end'))
      return this.#reply({ kind: 'refused', about: aboutOf(line), reason: `no such verb: ${line.slice(0, 100)}` });
    switch (verb.kind) {
      case 'prepare':
        return this.#watch(this.#prepare());
      case 'lot':
        return this.#held.makeLot(verb.lot);
      case 'launch':
        return this.#watch(this.#held.launch(verb.plan));
      case 'begin':
        return this.#held.begin(verb.id);
      case 'kill':
        return this.#held.kill(verb.id);
      case 'end':
        return void this.end();
      default:
        verb satisfies never;
    }
  }

  /** I2 */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #prepare(): Promise<void> {
    if (this.#isPrepared) return this.#reply({ kind: 'refused', about: 'prepare', reason: 'the ground is prepared once' });
    this.#isPrepared = true;
    const { workDir, owner, machine, groupsName, folders } = this.#settings;
    const socketPath = join(workDir, LAUNCHER_SOCKET);
    await waitForPredecessor(socketPath, clock);
    const { swept, groups } = await prepareGround({ clock, workDir, groupsName, owner });
    await removeOtherImages(folders.image);
    const slots = join(workDir, 'slots');
    mkdirSync(slots, { recursive: true });
    // As the work folder: passable, not readable.
    chmodSync(slots, 0o711);
    writeFileSync(join(workDir, 'filter.bpf'), seccompFilter(machine), { mode: 0o600 });
    await this.#desk.listen(socketPath);
    chownSync(socketPath, owner, owner);
    chmodSync(socketPath, 0o600);
    this.#groups = groups.kind === 'found' ? foldersAt(groups.place) : [];
    this.#reply({ kind: 'prepared', swept, groups: groups.kind === 'found' ? groups.place : { reason: groups.reason } });
  }

  async #end(): Promise<void> {
    await this.#held.end();
    // Also those that the platform put there under a name of its own.
    await sweepGroups(this.#groups, clock);
    this.#desk.close();
    process.exit(0);
  }

  #watch(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#reply({ kind: 'broken', reason: error instanceof Error ? error.message : String(error) });
    });
  }

  #reply(reply: Reply): void {
    this.#channel.write(`${JSON.stringify(reply)}\n`);
  }
}

/** The platform knows by it which of its questions was refused. */
function aboutOf(line: string): string {
  return line.slice(0, 100).split(' ', 2).join(' ');
}

function run(): void {
  const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
  let launcher: LauncherProcess | undefined;
  const lines = new LineReader(LINE_BYTES_MAX, (line) => {
    if (launcher === undefined) launcher = new LauncherProcess(channel, JSON.parse(line) as LauncherSettings);
    else launcher.take(line);
  });
  channel.on('data', (chunk: Buffer) => {
    // No line of the platform's is so long: it is no longer itself, and everything ends.
    if (!lines.push(chunk)) channel.destroy();
  });
  channel.on('error', () => channel.destroy());
  channel.on('close', () => void launcher?.end());
  // A supervisor signals everything at once. The platform finishes what runs, and then ends the channel.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => {});
}

run();
