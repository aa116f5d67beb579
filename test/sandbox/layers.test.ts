// Each layer of the sandbox taken away by itself: a look around that sees nothing through the whole wall must see something through the
// hole, or the tests beside this one could not fail. The looks open, read and connect to this machine's loopback; they change nothing.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';

import { findBwrap } from '../../src/sandbox/detect.ts';
import { bwrapOptions, encodeOptions, SANDBOX_LIMITS } from '../../src/sandbox/bwrap/arguments.ts';
import { seccompFilter, SYSCALLS } from '../../src/sandbox/bwrap/seccomp/filter.ts';
import type { Machine } from '../../src/sandbox/bwrap/seccomp/filter.ts';
import { probeResults, syscallProbe } from '../../src/sandbox/bwrap/syscall-probe.ts';
import { prepareImage } from '../../src/sandbox/slots/image.ts';
import { levels } from './support/levels.ts';
import { machineRandom, PROJECT_ROOT } from './support/real-house.ts';

const skip = (await levels()).find(({ level }) => level === 'bwrap')?.skip ?? true;
const isRoot = process.geteuid?.() === 0;
/** Nobody's. */
const HOST_UID = 1_999_999;
const FILTER_FD = 4;
const OPTIONS_FD = 5;

// linux/ptrace.h PTRACE_TRACEME, linux/keyctl.h KEYCTL_GET_KEYRING_ID of the session: both harmless for whoever calls them.
const CALLS = { ptrace: [0], keyctl: [0, -3, 0] } as const;

/** What a look around says. */
interface Seen {
  readonly connected: boolean;
  readonly hostname: string;
  readonly processes: number;
  readonly rootWritable: boolean;
  readonly knobs: number;
  readonly commandLine: string;
  readonly capabilities: string;
  readonly userNamespace: boolean;
  readonly cgroup: string;
  readonly queues: string;
  readonly temporaryMiB: number;
  readonly hostFile: boolean;
  readonly openFiles: number;
  readonly processesMax: string;
  readonly calls: string;
}

const LOOK = `const fs = require('fs'); const net = require('net'); const os = require('os'); const { spawnSync } = require('child_process');
const read = (path) => { try { return fs.readFileSync(path, 'latin1') } catch { return '' } };
const opens = (path, flags) => { try { fs.closeSync(fs.openSync(path, flags)); return true } catch { return false } };
const may = (path) => { try { fs.accessSync(path, fs.constants.W_OK); return true } catch { return false } };
const knobs = (folder) => { try { return fs.readdirSync(folder, { withFileTypes: true }).flatMap((e) => e.isDirectory() ? knobs(folder + '/' + e.name) : [folder + '/' + e.name]) } catch { return [] } };
const status = read('/proc/self/status');
const socket = net.connect({ host: '127.0.0.1', port: Number(process.argv[2]) });
const tell = (connected) => { socket.destroy(); process.stdout.write(JSON.stringify({ connected, hostname: os.hostname(),
  processes: fs.readdirSync('/proc').filter((n) => /^\\d+$/.test(n)).length, rootWritable: may('/'),
  knobs: [...knobs('/proc/sys'), '/proc/self/oom_score_adj'].filter((p) => opens(p, 'r+')).length, commandLine: read('/proc/cmdline'),
  capabilities: /CapEff:\\s+(\\w+)/.exec(status)[1], userNamespace: spawnSync('unshare', ['-U', 'true']).status === 0,
  cgroup: read('/proc/self/cgroup'), queues: read('/proc/sysvipc/msg'), temporaryMiB: (({ blocks, bsize }) => blocks * bsize / 1048576)(fs.statfsSync('/tmp')),
  hostFile: opens(process.argv[3], 'r'), openFiles: Number(/Max open files\\s+(\\d+)/.exec(read('/proc/self/limits'))[1]),
  processesMax: /Max processes\\s+(\\d+)/.exec(read('/proc/self/limits'))?.[1] ?? 'unlimited', calls: spawnSync('/var/task/probe').stdout?.toString('base64') ?? '' })) };
socket.on('connect', () => tell(true)); socket.on('error', () => tell(false));`;

interface Wall {
  readonly options: readonly string[];
  readonly limits: readonly string[];
  readonly hasFilter: boolean;
}

const without =
  (...gone: readonly string[]) =>
  (wall: Wall): Wall => ({
    ...wall,
    options: wall.options.filter((option) => !gone.includes(option)),
  });
/** Options that take one value, away with it. */
const withoutPair =
  (name: string, value: string) =>
  (wall: Wall): Wall => {
    const at = wall.options.findIndex((option, index) => option === name && wall.options[index + 1] === value);
    assert(at >= 0, `${name} ${value} is there to be taken away`);
    return { ...wall, options: wall.options.toSpliced(at, 2) };
  };
const both =
  (...holes: readonly ((wall: Wall) => Wall)[]) =>
  (wall: Wall): Wall =>
    holes.reduce((left, hole) => hole(left), wall);
const withoutFilter = (wall: Wall): Wall => ({ ...withoutPair('--seccomp', String(FILTER_FD))(wall), hasFilter: false });

interface Layer {
  readonly name: string;
  readonly hole: (wall: Wall) => Wall;
  /** True of what is seen through the hole, false of what is seen through the whole wall. */
  readonly sees: (seen: Seen) => boolean;
  readonly skip?: string | false;
}

const LAYERS: readonly Layer[] = [
  { name: 'the network namespace', hole: without('--unshare-net'), sees: ({ connected }) => connected },
  {
    name: 'the host name',
    hole: both(without('--unshare-uts'), withoutPair('--hostname', 'sandbox')),
    sees: (seen) => seen.hostname === hostname(),
  },
  {
    name: 'the process namespace',
    // A /proc of its own needs the namespace, so the host's takes its place.
    hole: (wall) => ({
      ...without('--unshare-pid')(wall),
      options: without('--unshare-pid')(wall).options.flatMap((option) =>
        option === '--proc' ? ['--ro-bind', '/proc'] : [option],
      ),
    }),
    sees: ({ processes }) => processes > 5,
  },
  { name: 'the control-group namespace', hole: without('--unshare-cgroup'), sees: ({ cgroup }) => cgroup !== ownCgroup() },
  { name: 'the read-only root', hole: withoutPair('--remount-ro', '/'), sees: ({ rootWritable }) => rootWritable },
  { name: 'the read-only /proc', hole: withoutPair('--remount-ro', '/proc'), sees: ({ knobs }) => knobs > 0 },
  { name: 'the cover over files of /proc', hole: withoutCover('/proc/cmdline'), sees: ({ commandLine }) => commandLine !== '' },
  {
    name: 'the bound of /tmp',
    hole: withoutPair('--size', String(512 * 1024 * 1024)),
    sees: ({ temporaryMiB }) => temporaryMiB > 512,
  },
  {
    name: 'the view of few folders',
    hole: (wall) => ({
      ...wall,
      options: wall.options.toSpliced(wall.options.indexOf('--proc'), 0, '--ro-bind', '/var/tmp', '/mnt'),
    }),
    sees: ({ hostFile }) => hostFile,
  },
  {
    name: 'the filter of system calls',
    hole: withoutFilter,
    sees: ({ calls }) => probeResults(Buffer.from(calls, 'base64')).some((result) => result !== -1 && result !== -38),
  },
  {
    name: 'the bar on user namespaces',
    hole: both(without('--disable-userns'), withoutFilter),
    sees: ({ userNamespace }) => userNamespace,
  },
  {
    name: 'the drop of capabilities',
    hole: (wall) => ({
      ...wall,
      options: wall.options.flatMap((option) => (option === 'ALL' ? ['ALL', '--cap-add', 'CAP_NET_ADMIN'] : [option])),
    }),
    sees: ({ capabilities }) => /[1-9a-f]/.test(capabilities),
  },
  {
    name: 'the limit of open files',
    hole: (wall) => ({ ...wall, limits: wall.limits.filter((limit) => !limit.startsWith('--nofile')) }),
    sees: ({ openFiles }) => openFiles > 1024,
  },
  {
    name: 'the limit of processes',
    hole: (wall) => ({ ...wall, limits: wall.limits.filter((limit) => !limit.startsWith('--nproc')) }),
    sees: ({ processesMax }) => processesMax === 'unlimited' || Number(processesMax) > 1024,
  },
];

function withoutCover(path: string) {
  return (wall: Wall): Wall => {
    const at = wall.options.findIndex((option, index) => option === '--ro-bind' && wall.options[index + 2] === path);
    assert(at >= 0, `${path} is covered`);
    return { ...wall, options: wall.options.toSpliced(at, 3) };
  };
}

/** With a namespace of its own a process is at the root of every hierarchy. */
const ownCgroup = () => wholeWall?.cgroup;
let wholeWall: Seen | undefined;

describe('a wall with one layer taken away', { skip }, () => {
  let folder: string;
  let wall: Wall;
  let bwrapPath: string;
  const server = createServer((socket) => socket.destroy());

  before(async () => {
    folder = await mkdtemp('/var/tmp/mayfly-layers-');
    await chmod(folder, 0o755);
    const bwrap = await findBwrap();
    assert(bwrap.kind === 'found');
    bwrapPath = bwrap.path;
    await prepare(bwrap.machine);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    wholeWall = await look(wall);
  });
  after(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function prepare(machine: Machine): Promise<void> {
    const image = await prepareImage({ projectRoot: PROJECT_ROOT, workDir: folder, random: machineRandom });
    const slotFolder = join(folder, 'slot');
    for (const name of ['task', 'runtime', 'lang', 'opt']) await mkdir(join(slotFolder, name), { recursive: true, mode: 0o755 });
    await writeFile(join(slotFolder, 'task', 'look.cjs'), LOOK, { mode: 0o444 });
    const calls = Object.entries(CALLS).map(([name, values]) => ({ number: SYSCALLS[machine][name] ?? -1, arguments: values }));
    await writeFile(join(slotFolder, 'task', 'probe'), syscallProbe(machine, calls), { mode: 0o555 });
    await writeFile(join(folder, 'filter'), seccompFilter(machine));
    await writeFile(join(folder, 'host-file'), 'for everybody', { mode: 0o444 });
    const langFolder = image.langFolders['nodejs24.x'];
    assert(langFolder !== undefined);
    const options = bwrapOptions({
      slotFolder,
      runtimeFolder: image.runtimeFolder,
      langFolder,
      etcFolder: image.etcFolder,
      network: 'platform',
      ephemeralMiB: 512,
      environment: {},
      filterFd: FILTER_FD,
    });
    wall = { options, limits: SANDBOX_LIMITS, hasFilter: true };
  }

  async function look({ options, limits, hasFilter }: Wall): Promise<Seen> {
    const { port } = server.address() as AddressInfo;
    const filter = openSync(hasFilter ? join(folder, 'filter') : '/dev/null', 'r');
    // The host's file lies at the same place behind the hole.
    const target = options.includes('/mnt')
      ? join('/mnt', folder.slice('/var/tmp'.length), 'host-file')
      : join(folder, 'host-file');
    const child = spawn(
      bwrapPath,
      ['--args', String(OPTIONS_FD), '--', ...limits, '/var/lang/bin/node', '/var/task/look.cjs', String(port), target],
      {
        cwd: '/',
        env: {},
        stdio: ['ignore', 'pipe', 'inherit', 'ignore', filter, 'pipe'],
        ...(isRoot ? { uid: HOST_UID, gid: HOST_UID } : {}),
      },
    );
    closeSync(filter);
    const exit = once(child, 'exit');
    const pipe: unknown = Object(child.stdio)[OPTIONS_FD];
    assert(pipe instanceof Writable);
    pipe.end(encodeOptions(options));
    let text = '';
    for await (const part of child.stdout ?? []) text += String(part);
    assert.deepEqual(await exit, [0, null]);
    return JSON.parse(text) as Seen;
  }

  for (const { name, hole, sees, skip: because = false } of LAYERS)
    it(`lets a function see or do more where ${name} is missing`, { skip: because }, async () => {
      assert(wholeWall !== undefined);
      assert.equal(sees(wholeWall), false, `the whole wall hides it: ${JSON.stringify(wholeWall)}`);
      const seen = await look(hole(wall));
      assert.equal(sees(seen), true, `the hole shows it: ${JSON.stringify(seen)}`);
    });
});
