// The self-test at the start: a function in a real sandbox tries what must be denied. If anything succeeds, the platform does not
// serve strangers' code at this level.

import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

import type { Clock } from '#kernel';
import { LaunchFailed } from '../launch-failed.ts';
import type { Launcher, Outcome, Sandbox, TriedAttempt } from '../sandbox.ts';
import type { Image } from '../slots/image.ts';
import { openUp, umaskHides } from '../slots/open-up.ts';
import { SYSCALLS } from './seccomp/filter.ts';
import type { Machine } from './seccomp/filter.ts';
import { probeResults, syscallProbe } from './syscall-probe.ts';

export interface SelfTestOptions {
  readonly clock: Clock;
  readonly launcher: Launcher;
  readonly image: Image;
  readonly machine: Machine;
  readonly workDir: string;
  /** Paths that no sandbox may be able to read the name of. */
  readonly secrets: readonly string[];
}

const TIMEOUT_MS = 10_000;

/** Everything that was tried; the level holds where nothing was found. */
export async function selfTest(options: SelfTestOptions): Promise<readonly TriedAttempt[]> {
  const folder = join(options.workDir, 'self-test');
  const canary = join(options.workDir, 'canary');
  const listener = await listenOnLoopback();
  try {
    const codeTree = await prepareCode({ ...options, folder });
    await writeFile(canary, 'readable for everybody on the host');
    await chmod(canary, 0o644);
    const { port, socketName } = listener;
    const event = { readable: [canary, ...READABLE], writable: WRITABLE, port, socketName, secrets: options.secrets };
    return judge(options.machine, event, await probeInSandbox(options, codeTree, event));
  } finally {
    listener.close();
    await rm(folder, { recursive: true, force: true });
    await rm(canary, { force: true });
  }
}

async function probeInSandbox(
  { launcher, image, clock }: SelfTestOptions,
  codeTree: string,
  event: ProbeEvent,
): Promise<ProbeAnswer> {
  const runtime = image.langFolders['nodejs24.x'] === undefined ? 'nodejs22.x' : 'nodejs24.x';
  const sandbox = await launcher.launch({ runtime, network: 'platform', ephemeralMiB: 16, startEnvironment: {} });
  try {
    return await runProbe({ sandbox, codeTree, event, clock });
  } finally {
    await sandbox.destroy();
  }
}

/** On the host, root's processes at least have all of them. */
const READABLE = ['/etc/shadow', '/root', '/proc/kcore', '/dev/mem', '/dev/kmsg', '/dev/kvm', '/sys/kernel'];
const WRITABLE = ['/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', '/proc/self/oom_score_adj'];

// linux/ptrace.h PTRACE_TRACEME, linux/sched.h CLONE_NEWUSER, linux/keyctl.h KEYCTL_GET_KEYRING_ID; addresses of 0 and descriptors of -1 otherwise.
const CALLS: Readonly<Record<string, readonly number[]>> = {
  ptrace: [0],
  unshare: [0x10000000],
  io_uring_setup: [1, 0],
  keyctl: [0, -3, 0],
  add_key: [0, 0, 0, 0, 0],
  bpf: [0, 0, 0],
  perf_event_open: [0, 0, -1, -1, 0],
  userfaultfd: [0],
  request_key: [0, 0, 0, 0],
  mount: [0, 0, 0, 0, 0],
  umount2: [0, 0],
  pivot_root: [0, 0],
  fsopen: [0, 0],
  open_tree: [-1, 0, 0],
  move_mount: [-1, 0, -1, 0, 0],
  finit_module: [-1, 0, 0],
  setns: [-1, 0],
  process_vm_readv: [1, 0, 0, 0, 0, 0],
  open_by_handle_at: [-1, 0, 0],
  vmsplice: [-1, 0, 0, 0],
  clone3: [0, 0],
};
const REFUSALS = new Set([-1, -38]);

interface ProbeEvent {
  readonly readable: readonly string[];
  readonly writable: readonly string[];
  readonly port: number;
  /** In the abstract space, which belongs to a network namespace. */
  readonly socketName: string;
  readonly secrets: readonly string[];
}

interface ProbeAnswer {
  readonly opened: readonly string[];
  readonly writableFolders: readonly string[];
  /** Of the kernel, that it could open to write. */
  readonly knobs: readonly string[];
  readonly processes: number;
  readonly connected: boolean;
  readonly connectedByName: boolean;
  readonly calls: string;
  readonly status: string;
  readonly uidMap: string;
  readonly told: readonly string[];
  readonly network: number;
}

function judge(machine: Machine, { readable, writable }: ProbeEvent, answer: ProbeAnswer): readonly TriedAttempt[] {
  const results = probeResults(Buffer.from(answer.calls, 'base64'));
  const { opened, writableFolders, told, status, knobs, processes } = answer;
  return [
    ...readable.map((path) => tried(`open ${path}`, opened.includes(path) && `it opened ${path}`)),
    ...writable.map((path) => tried(`open ${path} to write`, opened.includes(path) && `it opened ${path}`)),
    tried('open any file below /proc/sys to write', knobs.length > 0 && `it opened ${namesOf(knobs)}`),
    tried('write to the folders of the system', writableFolders.map((path) => `it may write to ${path}`).join('; ') || false),
    tried('read a path of the platform in /proc', told.map((path) => `${path} names the platform's files`).join('; ') || false),
    ...callsOf(machine).map(([name], index) => tried(`call ${name}`, judgeCall(name, results[index]))),
    tried("reach the host's loopback", answer.connected && "it reached the host's loopback"),
    tried("reach the host's sockets by name", answer.connectedByName && "it reached a socket of the host's by its name"),
    tried('see processes of others', processes > PROCESSES_MAX && `it sees ${processes} processes`),
    tried('find a network', answer.network > 1 && 'it has network interfaces besides its own loopback'),
    tried('run without a system-call filter', !/^Seccomp:\s+2$/m.test(status) && 'no system-call filter is on'),
    tried('gain privileges', !/^NoNewPrivs:\s+1$/m.test(status) && 'programs inside may gain privileges'),
    tried('have a capability', !/^CapEff:\s+0+$/m.test(status) && 'it has capabilities'),
    tried("be the host's uid 0", /^\s*\d+\s+0\s/m.test(answer.uidMap) && "it runs as the host's uid 0"),
  ];
}

/** bubblewrap's or a shell, the runtime, a supervisor, and the probe itself. */
const PROCESSES_MAX = 8;
const NAMED_MAX = 5;

function namesOf(paths: readonly string[]): string {
  const more = paths.length - NAMED_MAX;
  return `${paths.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const tried = (attempt: string, found: string | false): TriedAttempt => ({ attempt, found: found === false ? undefined : found });

function judgeCall(name: string, result: number | undefined): string | false {
  if (result === undefined) return `${name} could not be tried`;
  return !REFUSALS.has(result) && `the kernel answered ${result} to ${name}`;
}

function callsOf(machine: Machine): readonly (readonly [string, number, readonly number[]])[] {
  return Object.entries(CALLS).flatMap(([name, values]) => {
    const number = SYSCALLS[machine][name];
    return number === undefined ? [] : [[name, number, values] as const];
  });
}

async function prepareCode({ folder, image, machine }: SelfTestOptions & { readonly folder: string }): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await copyFile(join(image.runtimeFolder, 'node', 'self-test', 'index.cjs'), join(folder, 'index.cjs'));
  const calls = callsOf(machine).map(([, number, values]) => ({ number, arguments: values }));
  await writeFile(join(folder, 'probe'), syscallProbe(machine, calls), { mode: 0o755 });
  if (umaskHides()) await openUp(folder);
  return folder;
}

interface RunProbeOptions {
  readonly sandbox: Sandbox;
  readonly codeTree: string;
  readonly event: object;
  readonly clock: Clock;
}

async function runProbe({ sandbox, codeTree, event, clock }: RunProbeOptions): Promise<ProbeAnswer> {
  const ready = await sandbox.specialise({
    codeTree,
    layerTrees: [],
    handler: 'index.handler',
    environment: {},
    memoryMiB: 256,
    initTimeoutMs: TIMEOUT_MS,
    functionName: 'self-test',
    functionVersion: '1',
    logGroup: 'self-test',
    logStream: 'self-test',
  });
  if (ready.kind !== 'ready') throw new LaunchFailed(`The self-test's function did not load: ${tell(ready)}`);
  const outcome = await sandbox.invoke({
    requestId: '00000000-0000-4000-8000-000000000000',
    invokedFunctionArn: 'self-test',
    payload: Buffer.from(JSON.stringify(event)),
    deadlineMs: clock.now() + TIMEOUT_MS,
    timeoutMs: TIMEOUT_MS,
  });
  if (outcome.kind !== 'returned') throw new LaunchFailed(`The self-test's function did not answer: ${tell(outcome)}`);
  const answer: ProbeAnswer = JSON.parse(Buffer.from(outcome.payload).toString('utf8'));
  return answer;
}

function tell(outcome: Outcome): string {
  return 'payload' in outcome ? Buffer.from(outcome.payload).toString('utf8') : JSON.stringify(outcome);
}

/** Something on the host's loopback, and under a name without a file, that a sandbox must not reach. */
async function listenOnLoopback(): Promise<{ readonly port: number; readonly socketName: string; close(): void }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new LaunchFailed('The self-test could not listen on the loopback');
  const { port } = address;
  const named = createServer((socket) => socket.destroy());
  const socketName = `\0mayfly-self-test-${port}`;
  await new Promise<void>((resolve, reject) => {
    named.once('error', reject);
    named.listen(socketName, resolve);
  });
  return { port, socketName, close: () => void [server, named].map((each) => each.close()) };
}
