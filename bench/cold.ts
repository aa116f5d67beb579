// Cold starts in one run, in turns with a Node that is started for the same handler: through a function URL's door (small functions, a 1.4 MB AWS
// SDK bundle, a hundred at once), without a waiting sandbox, and thawed; and how many waiting sandboxes fit into a GiB. Prints a table and a
// line of JSON. Run it on a quiet machine: npm run bench cold

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createLauncher } from '#sandbox';
import type { Launcher, Sandbox } from '#sandbox';
import { realClock, realRandom } from '../src/main/ambient.ts';
import { runPlatform } from '../test/support/running-platform.ts';
import { zipOf } from '../test/support/zip.ts';
import { codeTreeOf, sdkSources, SMALL_SOURCES, spawnAndLoadMs, writeSource } from './cold-sources.ts';
import type { Source } from './cold-sources.ts';
import { Children, median, table, treeOf } from './harness.ts';
import type { Child } from './harness.ts';

const SMALL_ROUNDS = 20;
const SDK_ROUNDS = 7;
const EMPTY_ROUNDS = 10;
const THAW_ROUNDS = 200;
const AT_ONCE = 100;
const WAITING_SANDBOXES = 20;
/** The pool has replaced what the last round took. */
const SMALL_PAUSE_MS = 300;
/** Its code cache is made: a sandbox is launched and the bundle loaded. */
const SDK_PAUSE_MS = 1500;
const MEMORY_MIB = 1769;

const GENERIC = { runtime: 'nodejs24.x', network: 'platform', ephemeralMiB: 512, startEnvironment: {} } as const;
const connections = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

const [mode = 'report'] = process.argv.slice(2);
if (mode === 'mayfly') await serveMayfly();
else await report();

interface Order {
  readonly name: string;
  readonly source: Source;
}

interface Served {
  readonly port: number;
  readonly path: string;
}

/** Each line of stdin is a function to deploy; ends with stdin. */
async function serveMayfly(): Promise<void> {
  const platform = await runPlatform();
  try {
    for await (const line of createInterface({ input: process.stdin })) {
      const { name, source } = JSON.parse(line) as Order;
      const zip = await zipOf({ [source.file]: source.text });
      await platform.deploy(name, '', { MemorySize: MEMORY_MIB, Code: { ZipFile: zip } });
      const { port, pathname } = new URL(await platform.openUrl(name));
      process.stdout.write(`${JSON.stringify({ port: Number(port), path: pathname } satisfies Served)}\n`);
    }
  } finally {
    await platform.close();
  }
}

interface Row {
  readonly what: string;
  readonly ms: number;
  /** What it is compared with. */
  readonly baseMs: number;
  readonly base: string;
  readonly target: string;
}

async function report(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-bench-cold-'));
  const children = new Children();
  try {
    const sdk = await sdkSources();
    const mayfly = children.start(new URL(import.meta.url), 'mayfly');
    const rows: Row[] = [];
    for (const source of SMALL_SOURCES) rows.push(await throughTheDoor(mayfly, folder, source, '≤ 0.08'));
    const one = rows[0];
    for (const source of sdk) rows.push(await throughTheDoor(mayfly, folder, source, '≤ 0.35'));
    const burst = await atOnce(mayfly, one?.ms ?? Number.NaN);
    await children.close();
    const room = await inTheRoom(folder);
    print([...rows, burst.row, ...room.rows], burst, room);
  } finally {
    await children.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function deploy(mayfly: Child, name: string, source: Source): Promise<Served> {
  mayfly.say(JSON.stringify({ name, source } satisfies Order));
  return JSON.parse(await mayfly.line()) as Served;
}

/** A new function each round. */
async function throughTheDoor(mayfly: Child, folder: string, source: Source, target: string): Promise<Row> {
  const isSmall = SMALL_SOURCES.includes(source);
  const script = writeSource(folder, source);
  const doors: number[] = [];
  const spawns: number[] = [];
  for (let round = 0; round < (isSmall ? SMALL_ROUNDS : SDK_ROUNDS); round += 1) {
    const name = `${source.name.replaceAll(/\W+/g, '-')}-${round}`;
    const served = await deploy(mayfly, name, { ...source, text: `${source.text}\n// ${name}` });
    await setTimeout(isSmall ? SMALL_PAUSE_MS : SDK_PAUSE_MS);
    doors.push(await answeredMs(served));
    spawns.push(await spawnAndLoadMs(script));
  }
  return {
    what: `${source.name}, door to answer`,
    ms: median(doors),
    base: 'spawn + load',
    baseMs: median(spawns),
    target,
  };
}

function answeredMs({ port, path }: Served): Promise<number> {
  return new Promise((resolve, reject) => {
    const beganMs = performance.now();
    get({ host: '127.0.0.1', port, path, agent: connections }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - beganMs);
        else reject(new Error(`${path} answered ${response.statusCode}`));
      });
    }).on('error', reject);
  });
}

interface Burst {
  readonly row: Row;
  readonly failed: number;
  readonly p50Ms: number;
}

async function atOnce(mayfly: Child, oneMs: number): Promise<Burst> {
  const [source] = SMALL_SOURCES;
  const all: Served[] = [];
  for (let index = 0; index < AT_ONCE; index += 1)
    if (source !== undefined) all.push(await deploy(mayfly, `burst-${index}`, { ...source, text: `${source.text}\n// ${index}` }));
  await setTimeout(SDK_PAUSE_MS);
  const ended = await Promise.allSettled(all.map(answeredMs));
  const tookMs = ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])).sort((a, b) => a - b);
  const p99Ms = tookMs[Math.floor(tookMs.length * 0.99)] ?? Number.NaN;
  return {
    row: { what: `${AT_ONCE} different functions at once, p99`, ms: p99Ms, base: 'p50 of one', baseMs: oneMs, target: '≤ 60' },
    failed: AT_ONCE - tookMs.length,
    p50Ms: median(tookMs),
  };
}

interface Room {
  readonly rows: readonly Row[];
  readonly launchMs: number;
  readonly pssMiB: number;
  readonly pssByProgram: Readonly<Record<string, number>>;
}

/** Without the door: what the room of sandboxes does. */
async function inTheRoom(folder: string): Promise<Room> {
  const workDir = mkdtempSync(join(tmpdir(), 'mfb-'));
  // Whoever waits for a sandbox alone keeps no process alive.
  const awake = setInterval(() => undefined, 1000);
  const launcher = await createLauncher({
    clock: realClock,
    random: realRandom,
    log: { write: () => undefined },
    level: 'bwrap',
    projectRoot: fileURLToPath(new URL('..', import.meta.url)),
    workDir,
    endpointPort: 4566,
  });
  try {
    const empty = await withoutAWaitingSandbox(launcher, workDir, folder);
    const thaw = await thawed(launcher, workDir);
    for (let index = 0; index < WAITING_SANDBOXES; index += 1) await launcher.launch(GENERIC);
    // Their chores are done, and what they left is collected.
    await setTimeout(1000);
    return { rows: [empty.row, thaw], launchMs: empty.launchMs, ...density() };
  } finally {
    await launcher.close();
    clearInterval(awake);
    rmSync(workDir, { recursive: true, force: true });
  }
}

async function withoutAWaitingSandbox(
  launcher: Launcher,
  workDir: string,
  folder: string,
): Promise<{ row: Row; launchMs: number }> {
  const [source] = SMALL_SOURCES;
  if (source === undefined) throw new Error('there is a small function');
  const codeTree = codeTreeOf(workDir, source);
  const script = writeSource(folder, source);
  const took: number[] = [];
  const launches: number[] = [];
  const spawns: number[] = [];
  for (let round = 0; round < EMPTY_ROUNDS; round += 1) {
    // The kernel's first group change after a quiet moment waits for a grace period; so does a platform's whose pool is empty.
    await setTimeout(100);
    const beganMs = performance.now();
    const sandbox = await launcher.launch(GENERIC);
    launches.push(performance.now() - beganMs);
    await specialise(sandbox, codeTree);
    await invoke(sandbox);
    took.push(performance.now() - beganMs);
    await sandbox.destroy();
    spawns.push(await spawnAndLoadMs(script));
  }
  const row = { what: 'launched for it, no door', ms: median(took), base: 'spawn + load', baseMs: median(spawns), target: '≤ 1.3' };
  return { row, launchMs: median(launches) };
}

async function thawed(launcher: Launcher, workDir: string): Promise<Row> {
  const [source] = SMALL_SOURCES;
  if (source === undefined) throw new Error('there is a small function');
  const sandbox = await launcher.launch(GENERIC);
  await specialise(sandbox, codeTreeOf(workDir, source));
  const warm: number[] = [];
  const frozen: number[] = [];
  for (let round = 0; round < THAW_ROUNDS; round += 1) {
    let beganMs = performance.now();
    await invoke(sandbox);
    warm.push(performance.now() - beganMs);
    await sandbox.freeze();
    beganMs = performance.now();
    await sandbox.thaw();
    await invoke(sandbox);
    frozen.push(performance.now() - beganMs);
  }
  await sandbox.destroy();
  return { what: 'thaw + invoke, no door', ms: median(frozen), base: 'warm invoke', baseMs: median(warm), target: '≤ 3.5' };
}

async function specialise(sandbox: Sandbox, codeTree: string): Promise<void> {
  const outcome = await sandbox.specialise({
    codeTree,
    layerTrees: [],
    handler: 'index.handler',
    environment: {},
    memoryMiB: MEMORY_MIB,
    initTimeoutMs: 10_000,
    functionName: 'bench',
    functionVersion: '$LATEST',
    logGroup: '',
    logStream: '',
  });
  if (outcome.kind !== 'ready') throw new Error(`the function did not load: ${outcome.kind}`);
}

async function invoke(sandbox: Sandbox): Promise<void> {
  const outcome = await sandbox.invoke({
    requestId: '00000000-0000-4000-8000-000000000000',
    invokedFunctionArn: 'arn',
    payload: Buffer.from('{}'),
    deadlineMs: Date.now() + 3000,
    timeoutMs: 3000,
  });
  if (outcome.kind !== 'returned') throw new Error(`the function ${outcome.kind}`);
}

/** Proportional set size: what each adds, with shared pages shared. */
function density(): Pick<Room, 'pssMiB' | 'pssByProgram'> {
  const pssByProgram: Record<string, number> = {};
  let pssMiB = 0;
  for (const pid of treeOf(process.pid)) {
    if (pid === process.pid) continue;
    const program = readFileSync(`/proc/${pid}/comm`, 'latin1').trim();
    const mib = pssKiB(pid) / 1024 / WAITING_SANDBOXES;
    pssByProgram[program] = (pssByProgram[program] ?? 0) + mib;
    pssMiB += mib;
  }
  return { pssMiB, pssByProgram };
}

function pssKiB(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0);
}

function print(rows: readonly Row[], burst: Burst, { launchMs, pssMiB, pssByProgram }: Room): void {
  const head = ['cold', 'ms', 'beside', 'ms', 'ratio', 'target'];
  const lines = rows.map(({ what, ms, base, baseMs, target }) => [
    what,
    ms.toFixed(2),
    base,
    baseMs.toFixed(2),
    (ms / baseMs).toFixed(3),
    target,
  ]);
  const perGiB = 1024 / pssMiB;
  const parts = Object.entries(pssByProgram).map(([program, mib]) => `${program} ${mib.toFixed(1)}`);
  process.stdout.write(`${table([head, ...lines])}\n\n`);
  process.stdout.write(`${AT_ONCE} at once: ${burst.failed} failed, p50 ${burst.p50Ms.toFixed(0)} ms\n`);
  process.stdout.write(`a launch: ${launchMs.toFixed(1)} ms\n`);
  process.stdout.write(
    `waiting sandboxes: ${pssMiB.toFixed(1)} MiB PSS each (${parts.join(', ')}), ${perGiB.toFixed(0)} in a GiB (target ≥ 85)\n`,
  );
  process.stdout.write(
    `${JSON.stringify({ bench: 'cold', rows, failed: burst.failed, launchMs, density: { pssMiB, pssByProgram, perGiB } })}\n`,
  );
}
