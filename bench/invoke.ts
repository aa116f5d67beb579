// Functions through the HTTP door beside a bare node:http server with the same answer, in one run: warm with 1 and 32 connections, cold
// from the door to the answer beside starting Node for it, and how many waiting sandboxes fit into a GiB. Prints tables and a line of
// JSON. Run it on a quiet machine: npm run bench invoke

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createLauncher } from '#sandbox';
import { realClock, realRandom } from '../src/main/ambient.ts';
import { runPlatform } from '../test/support/running-platform.ts';
import { Children, compare, median, table, treeOf } from './harness.ts';
import type { Child, Figures } from './harness.ts';

const ANSWER = JSON.stringify({ message: 'Hello from a function', input: null });
const HANDLER = `export const handler = async () => ({ statusCode: 200, headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(ANSWER)} });`;
/** Lambda gives CPU in proportion to memory, and a whole core at this size. The servers beside it have no limit. */
const ONE_CORE_MIB = 1769;
const COLD_FUNCTIONS = 25;
/** The refill of the pool is over by then: a launch takes some 35 ms. */
const COLD_PAUSE_MS = 250;
const WAITING_SANDBOXES = 20;

const [mode = 'report'] = process.argv.slice(2);
switch (mode) {
  case 'bare':
    await serveBare();
    break;
  case 'mayfly':
    await serveMayfly();
    break;
  default:
    await report();
}

async function report(): Promise<void> {
  const children = new Children();
  try {
    const self = new URL(import.meta.url);
    const load = children.start(new URL('load.ts', self));
    const bare = children.start(self, 'bare');
    const mayfly = children.start(self, 'mayfly');
    const barePort = Number(await bare.line());
    const { port, warmPath, coldPaths } = JSON.parse(await mayfly.line()) as Served;
    const warm = await compare({
      targets: [
        { name: 'bare node:http', order: { port: barePort, path: '/' }, pid: bare.process.pid ?? 0 },
        { name: 'mayfly function URL', order: { port, path: warmPath }, pid: mayfly.process.pid ?? 0 },
      ],
      load,
      connections: [1, 32],
      rounds: 5,
      roundMs: 1000,
    });
    const cold = await coldStarts(load, port, coldPaths);
    await children.close();
    const density = await waitingSandboxes();
    print(warm, cold, density);
  } finally {
    await children.close();
  }
}

/** Ends when the parent closes its stdin. */
async function serveBare(): Promise<void> {
  const body = Buffer.from(ANSWER);
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
  await once(process.stdin.resume(), 'end');
  server.closeAllConnections();
  server.close();
}

interface Served {
  readonly port: number;
  readonly warmPath: string;
  readonly coldPaths: readonly string[];
}

async function serveMayfly(): Promise<void> {
  const platform = await runPlatform();
  try {
    const pathOf = async (name: string) => {
      await platform.deploy(name, HANDLER, { MemorySize: ONE_CORE_MIB });
      return new URL(await platform.openUrl(name)).pathname;
    };
    const warmPath = await pathOf('warm');
    const coldPaths: string[] = [];
    for (let index = 0; index < COLD_FUNCTIONS; index += 1) coldPaths.push(await pathOf(`cold-${index}`));
    process.stdout.write(
      `${JSON.stringify({ port: Number(new URL(platform.endpoint).port), warmPath, coldPaths } satisfies Served)}\n`,
    );
    await once(process.stdin.resume(), 'end');
  } finally {
    await platform.close();
  }
}

interface ColdStarts {
  readonly doorToAnswerMs: number;
  readonly spawnAndLoadMs: number;
}

/** Each function once, in turns with a Node that is started for the same handler. */
async function coldStarts(load: Child, port: number, paths: readonly string[]): Promise<ColdStarts> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-bench-cold-'));
  try {
    const script = join(folder, 'run.mjs');
    writeFileSync(join(folder, 'index.mjs'), HANDLER);
    writeFileSync(script, `import { handler } from './index.mjs';\nprocess.stdout.write(JSON.stringify(await handler({})));\n`);
    const doors: number[] = [];
    const spawns: number[] = [];
    for (const path of paths) {
      await setTimeout(COLD_PAUSE_MS);
      load.say(JSON.stringify({ port, path, connections: 1, roundMs: 0 }));
      const { p50Us, errors } = JSON.parse(await load.line()) as { p50Us: number; errors: number };
      if (errors > 0) throw new Error(`${path} did not answer with 200`);
      doors.push(p50Us / 1000);
      spawns.push(await firstOutputMs(script));
    }
    return { doorToAnswerMs: median(doors), spawnAndLoadMs: median(spawns) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function firstOutputMs(script: string): Promise<number> {
  const beganMs = performance.now();
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'], env: {} });
  const exit = once(child, 'exit');
  await once(child.stdout, 'data');
  const tookMs = performance.now() - beganMs;
  await exit;
  return tookMs;
}

interface Density {
  readonly level: string;
  readonly pssMiB: number;
}

/** Proportional set size: what each adds, with shared pages shared. */
async function waitingSandboxes(): Promise<Density> {
  const workDir = mkdtempSync(join(tmpdir(), 'mfb-'));
  const launcher = await createLauncher({
    clock: realClock,
    random: realRandom,
    log: { write: () => undefined },
    level: 'bwrap',
    projectRoot: fileURLToPath(new URL('..', import.meta.url)),
    workDir,
    endpointPort: 4566,
  });
  // Whoever waits for a sandbox alone keeps no process alive.
  const awake = setInterval(() => undefined, 1000);
  try {
    const request = { runtime: 'nodejs24.x', network: 'platform', ephemeralMiB: 512, startEnvironment: {} } as const;
    for (let index = 0; index < WAITING_SANDBOXES; index += 1) await launcher.launch(request);
    let kib = 0;
    for (const pid of treeOf(process.pid)) if (pid !== process.pid) kib += pssKiB(pid);
    return { level: launcher.level, pssMiB: kib / 1024 / WAITING_SANDBOXES };
  } finally {
    await launcher.close();
    clearInterval(awake);
    rmSync(workDir, { recursive: true, force: true });
  }
}

function pssKiB(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0);
}

function print(warm: readonly Figures[], cold: ColdStarts, density: Density): void {
  const baseOf = ({ connections }: Figures) =>
    warm.find((figures) => figures.connections === connections && figures.target.startsWith('bare'));
  const rows = warm.map((figures) => {
    const base = baseOf(figures) ?? figures;
    return [
      `${figures.target}, ${figures.connections} connections`,
      figures.perSecond.toFixed(0),
      (figures.perSecond / base.perSecond).toFixed(3),
      figures.p50Us.toFixed(0),
      (figures.p50Us / base.p50Us).toFixed(2),
      figures.p99Us.toFixed(0),
      figures.cpuUs.toFixed(1),
      (figures.cpuUs / base.cpuUs).toFixed(2),
      `${(figures.foreign * 100).toFixed(0)} %`,
      String(figures.errors),
    ];
  });
  const head = ['warm', 'req/s', 'ratio', 'p50 µs', 'ratio', 'p99 µs', 'CPU µs', 'ratio', 'foreign', 'errors'];
  const perGiB = 1024 / density.pssMiB;
  process.stdout.write(`${table([head, ...rows])}\n\n`);
  process.stdout.write(
    `cold, small function, pre-warmed sandbox, door to answer: p50 ${cold.doorToAnswerMs.toFixed(2)} ms; Node started for it: ${cold.spawnAndLoadMs.toFixed(2)} ms; ratio ${(cold.doorToAnswerMs / cold.spawnAndLoadMs).toFixed(3)}\n`,
  );
  process.stdout.write(
    `waiting sandboxes (${density.level}): ${density.pssMiB.toFixed(1)} MiB PSS each, ${perGiB.toFixed(0)} in a GiB\n`,
  );
  process.stdout.write(`${JSON.stringify({ bench: 'invoke', warm, cold, density: { ...density, perGiB } })}\n`);
}
