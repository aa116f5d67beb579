// A launcher process as a compromised platform would have it: whatever line is written to it, and no care for what it wants.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect, Socket } from 'node:net';
import { join } from 'node:path';

import { foldersAt, groupsNameOf } from '../../../src/sandbox/cgroups/find.ts';
import { LineReader } from '../../../src/sandbox/privileged/line-reader.ts';
import type { Reply } from '../../../src/sandbox/privileged/replies.ts';
import type { LauncherSettings } from '../../../src/sandbox/privileged/settings.ts';
import { greeting, STREAMS } from '../../../src/sandbox/privileged/streams.ts';
import { findWalls } from '../../../src/sandbox/detect.ts';
import { prepareImage } from '../../../src/sandbox/slots/image.ts';
import { prepareWorkDir } from '../../../src/sandbox/work-dir.ts';
import { machineRandom, PROJECT_ROOT } from './real-house.ts';

export interface RawLauncher extends AsyncDisposable {
  readonly pid: number;
  readonly workDir: string;
  readonly firstUid: number;
  say(line: string): void;
  /** Of that kind; those before it are dropped. */
  reply<Kind extends Reply['kind']>(kind: Kind): Promise<Extract<Reply, { kind: Kind }>>;
  /** Makes the groups of a sandbox, as the platform does, and connects its three streams. */
  attend(id: string): readonly Socket[];
  /** Its processes, by what they run. */
  children(): readonly string[];
  /** The end of the channel. */
  leave(): void;
  readonly exited: Promise<unknown>;
}

/** Settings in a work folder of their own; whoever asks removes `root`. */
export async function rawSettings(): Promise<{ readonly root: string; readonly settings: LauncherSettings }> {
  const root = await mkdtemp('/var/tmp/mf-');
  await chmod(root, 0o711);
  const workDir = join(root, 'w');
  await prepareWorkDir(workDir);
  const walls = await findWalls('bwrap');
  if (walls.kind === 'none') throw new Error(walls.reason);
  const firstUid = 1_000_000 + Math.floor(Math.random() * 20_000) * 100;
  const settings: LauncherSettings = {
    workDir,
    bwrapPath: walls.path,
    crunPath: undefined,
    networkTools: undefined,
    machine: walls.machine,
    folders: {
      image: await prepareImage({ projectRoot: PROJECT_ROOT, workDir, random: machineRandom }),
      runtimes: join(workDir, 'own', 'runtimes'),
    },
    uidRange: { first: firstUid, count: 100 },
    owner: 0,
    groupsName: groupsNameOf(workDir),
  };
  return { root, settings };
}

export async function startRawLauncher(): Promise<RawLauncher> {
  const { root, settings } = await rawSettings();
  const { workDir } = settings;
  const { first: firstUid } = settings.uidRange;
  const program = join(PROJECT_ROOT, 'src', 'sandbox', 'privileged', 'process.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    env: {},
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  const channel = child.stdio[3];
  if (!(channel instanceof Socket) || child.pid === undefined) throw new Error('the launcher process did not start');
  const replies = new Replies();
  const lines = new LineReader(64 * 1024, (line) => replies.add(JSON.parse(line)));
  channel.on('data', (chunk: Buffer) => lines.push(chunk));
  channel.on('error', () => channel.destroy());
  channel.write(`${JSON.stringify(settings)}\nprepare\n`);
  const { groups } = await replies.next('prepared');
  const exited = once(child, 'exit');
  return {
    pid: child.pid,
    workDir,
    firstUid,
    exited,
    say: (line) => void channel.write(`${line}\n`),
    reply: (kind) => replies.next(kind),
    attend(id) {
      for (const folder of 'version' in groups ? foldersAt(groups) : []) mkdirSync(join(folder, id), { recursive: true });
      return STREAMS.map((name) => {
        const socket = connect(join(workDir, 'launcher.sock'));
        socket.on('error', () => socket.destroy());
        socket.write(greeting(id, name));
        return socket;
      });
    },
    children: () => childrenOf(child.pid ?? 0),
    leave: () => channel.destroy(),
    async [Symbol.asyncDispose]() {
      channel.destroy();
      await exited;
      await rm(root, { recursive: true });
    },
  };
}

class Replies {
  readonly #seen: Reply[] = [];
  #wake: () => void = () => {};

  add(reply: Reply): void {
    this.#seen.push(reply);
    this.#wake();
  }

  async next<Kind extends Reply['kind']>(kind: Kind): Promise<Extract<Reply, { kind: Kind }>> {
    for (;;) {
      for (let reply = this.#seen.shift(); reply !== undefined; reply = this.#seen.shift()) if (isOf(reply, kind)) return reply;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

function isOf<Kind extends Reply['kind']>(reply: Reply, kind: Kind): reply is Extract<Reply, { kind: Kind }> {
  return reply.kind === kind;
}

function childrenOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean))
    .map((child) => readFileSync(`/proc/${child}/comm`, 'latin1').trim());
}
