// A platform with 100,000 deployed functions beside one with a few: how long a start takes, what each function costs in memory, and whether invocations,
// cold starts and deployments notice. Alternating rounds, medians, differences inside one run. Prints a table and a line of JSON.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionCommand,
  GetAccountSettingsCommand,
  GetFunctionUrlConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { openSqliteStore } from '#store';
import { addUse } from '../src/registry/code/code-records.ts';
import { functionKey, put, recordOf } from '../src/registry/functions/function-documents.ts';
import { openDataFolder } from '../src/main/data-folder.ts';
import { QuietLog } from '../test/support/quiet-log.ts';
import { SCOPE } from '../test/support/temporary-registry.ts';
import { zipOf } from '../test/support/zip.ts';
import { Children, compare, median, table } from './harness.ts';

const FUNCTIONS = Number(process.argv[2] ?? 100_000);
const STARTS = 5;
/** Functions that nobody has called, for cold starts: the same in both. */
const COLD = 9;
/** Each time both platforms are new: how a process comes to lie on the machine is luck that lasts as long as it lives. */
const SITTINGS = 3;
/** So that a page of ListFunctions is full. */
const FEW = 50;
const COMMIT = 500;
/** Until garbage is collected and sandboxes wait, before memory is read. */
const SETTLE_MS = 1500;

const ROOT = { accessKeyId: 'AKIAMANYFUNCTIONS000', secretAccessKey: 'a-secret-for-benchmarks-only' };
const ROLE = 'arn:aws:iam::000000000000:role/bench';
const COMMAND = fileURLToPath(new URL('../bin/mayfly.mjs', import.meta.url));
const CODE = { 'index.mjs': 'export const handler = async () => ({ statusCode: 200, body: "hello" });' };

interface Running {
  readonly process: ChildProcess;
  readonly lambda: LambdaClient;
  readonly port: number;
  readonly startMs: number;
  stop(): Promise<void>;
}

const folder = mkdtempSync(join(tmpdir(), 'mayfly-many-'));
const few = join(folder, 'few');
const many = join(folder, 'many');
const children = new Children();
try {
  await deployFew(few);
  cpSync(few, many, { recursive: true });
  await seed(few, FEW);
  const seededMs = await timed(() => seed(many, FUNCTIONS));
  process.stdout.write(`${FUNCTIONS} functions seeded in ${(seededMs / 1000).toFixed(1)} s\n`);
  const starts = await compareStarts();
  const used = await compareUse();
  report(starts, used);
} finally {
  await children.close();
  for (const path of [few, many]) rmSync(openDataFolder(path).work, { recursive: true, force: true });
  rmSync(folder, { recursive: true });
}

async function deployFew(path: string): Promise<void> {
  const running = await start(path);
  await create(running.lambda, 'probe');
  await running.lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName: 'probe', AuthType: 'NONE' }));
  const everybody = { FunctionName: 'probe', Principal: '*' };
  const url = { ...everybody, StatementId: 'url', Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' } as const;
  await running.lambda.send(new AddPermissionCommand(url));
  const invoke = { ...everybody, StatementId: 'invoke', Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true };
  await running.lambda.send(new AddPermissionCommand(invoke));
  for (let index = 0; index < COLD; index += 1) await create(running.lambda, `cold-${index}`);
  await running.stop();
}

async function create(lambda: LambdaClient, FunctionName: string): Promise<void> {
  const Code = { ZipFile: await zipOf(CODE) };
  await lambda.send(new CreateFunctionCommand({ FunctionName, Runtime: 'nodejs24.x', Handler: 'index.handler', Role: ROLE, Code }));
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60, minDelay: 0.01, maxDelay: 0.1 }, { FunctionName });
}

/** Records as a deployment writes them, with the archive of the one that was deployed. */
async function seed(path: string, count: number): Promise<void> {
  const store = await openSqliteStore({ folder: openDataFolder(path).store, log: new QuietLog() });
  const found = await store.resources.get(functionKey(SCOPE, 'probe' as never));
  if (found === undefined) throw new Error('the probe is not there');
  const model = recordOf(found);
  for (let first = 0; first < count; first += COMMIT) {
    const names = Array.from({ length: Math.min(COMMIT, count - first) }, (_, index) => nameOf(first + index));
    await store.resources.commit(
      names.flatMap((name) => {
        const latest = { ...model.latest, instanceKey: `${name}:$LATEST:${crypto.randomUUID()}` };
        return [
          put(functionKey(SCOPE, name as never), { ...model, name, latest }, 'absent'),
          addUse(latest.code.hash, { scope: SCOPE, kind: 'function', name, version: '$LATEST' }),
        ];
      }),
    );
  }
  await store.close();
}

function nameOf(index: number): string {
  return `many-${String(index).padStart(7, '0')}`;
}

async function start(path: string): Promise<Running> {
  const began = performance.now();
  const child = spawn(process.execPath, [COMMAND, 'up', '--port', '0', '--data', path, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      MAYFLY_ROOT_ACCESS_KEY_ID: ROOT.accessKeyId,
      MAYFLY_ROOT_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
    },
  });
  const { value, done } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (done === true) throw new Error('the platform did not start');
  const startMs = performance.now() - began;
  const { endpoint } = JSON.parse(value) as { readonly endpoint: string };
  const lambda = new LambdaClient({ endpoint, region: SCOPE.region, credentials: ROOT, maxAttempts: 1 });
  return {
    process: child,
    lambda,
    port: Number(new URL(endpoint).port),
    startMs,
    async stop() {
      lambda.destroy();
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    },
  };
}

interface Starts {
  readonly startMs: number;
  readonly rssKiB: number;
}

async function compareStarts(): Promise<Readonly<Record<'few' | 'many', Starts>>> {
  const samples = { few: [] as Starts[], many: [] as Starts[] };
  for (let round = -1; round < STARTS; round += 1)
    for (const which of round % 2 === 0 ? (['few', 'many'] as const) : (['many', 'few'] as const)) {
      const running = await start(which === 'few' ? few : many);
      await delay(SETTLE_MS);
      const sampled = { startMs: running.startMs, rssKiB: rssKiBOf(running.process.pid ?? 0) };
      await running.stop();
      // The first round only warms the page cache.
      if (round >= 0) samples[which].push(sampled);
    }
  const middle = (starts: readonly Starts[]) => ({
    startMs: median(starts.map(({ startMs }) => startMs)),
    rssKiB: median(starts.map(({ rssKiB }) => rssKiB)),
  });
  return { few: middle(samples.few), many: middle(samples.many) };
}

function rssKiBOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
}

interface Use {
  readonly perSecond: number;
  readonly p50Us: number;
  readonly cpuUs: number;
  readonly coldMs: number;
  readonly deployMs: number;
  readonly listMs: number;
  readonly settingsMs: number;
}

async function compareUse(): Promise<Readonly<Record<'few' | 'many', Use>>> {
  const sittings: Readonly<Record<'few' | 'many', Use>>[] = [];
  for (let sitting = 0; sitting < SITTINGS; sitting += 1) sittings.push(await sit(sitting));
  const middle = (which: 'few' | 'many') => {
    const of = (what: keyof Use) => median(sittings.map((one) => one[which][what]));
    return {
      perSecond: of('perSecond'),
      p50Us: of('p50Us'),
      cpuUs: of('cpuUs'),
      coldMs: of('coldMs'),
      deployMs: of('deployMs'),
      listMs: of('listMs'),
      settingsMs: of('settingsMs'),
    };
  };
  return { few: middle('few'), many: middle('many') };
}

/** Both platforms run, and take turns; which one came first changes with every sitting. */
async function sit(sitting: number): Promise<Readonly<Record<'few' | 'many', Use>>> {
  const first = await start(sitting % 2 === 0 ? few : many);
  const second = await start(sitting % 2 === 0 ? many : few);
  const running = sitting % 2 === 0 ? { few: first, many: second } : { few: second, many: first };
  try {
    const targets = await Promise.all(
      (['few', 'many'] as const).map(async (name) => {
        const { port, process: child, lambda } = running[name];
        const path = `/_mayfly/url/${await urlIdOf(lambda)}/`;
        return { name, order: { port, path }, pid: child.pid ?? 0 };
      }),
    );
    const load = children.start(new URL('./load.ts', import.meta.url));
    const figures = await compare({ targets, load, connections: [1], rounds: 4, roundMs: 700 });
    const once = await compareOnce(running, sitting);
    const useOf = (name: 'few' | 'many'): Use => {
      const figure = figures.find(({ target }) => target === name);
      if (figure === undefined || figure.errors > 0) throw new Error(`${name}: ${figure?.errors} errors`);
      return { perSecond: figure.perSecond, p50Us: figure.p50Us, cpuUs: figure.cpuUs, ...once[name] };
    };
    return { few: useOf('few'), many: useOf('many') };
  } finally {
    await running.few.stop();
    await running.many.stop();
  }
}

async function compareOnce(running: Readonly<Record<'few' | 'many', Running>>, sitting: number) {
  const took = { few: new Map<string, number[]>(), many: new Map<string, number[]>() };
  const take = async (which: 'few' | 'many', what: string, work: () => Promise<unknown>) => {
    const ms = await timed(work);
    took[which].set(what, [...(took[which].get(what) ?? []), ms]);
  };
  for (let round = sitting; round < COLD; round += SITTINGS)
    for (const which of round % 2 === 0 ? (['few', 'many'] as const) : (['many', 'few'] as const)) {
      const { lambda } = running[which];
      // Sandboxes wait again, so that what differs is how the function is found.
      await delay(250);
      await take(which, 'cold', () => lambda.send(new InvokeCommand({ FunctionName: `cold-${round}` })));
      await take(which, 'deploy', () => create(lambda, `new-${round}`));
      await lambda.send(new DeleteFunctionCommand({ FunctionName: `new-${round}` }));
      await take(which, 'list', () => lambda.send(new ListFunctionsCommand({})));
      if (round === sitting) await take(which, 'settings', () => lambda.send(new GetAccountSettingsCommand({})));
    }
  const middle = (which: 'few' | 'many') => {
    const of = (what: string) => median(took[which].get(what) ?? []);
    return { coldMs: of('cold'), deployMs: of('deploy'), listMs: of('list'), settingsMs: of('settings') };
  };
  return { few: middle('few'), many: middle('many') };
}

async function urlIdOf(lambda: LambdaClient): Promise<string> {
  const { FunctionUrl = '' } = await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName: 'probe' }));
  return new URL(FunctionUrl).hostname.split('.')[0] ?? '';
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function report(starts: Awaited<ReturnType<typeof compareStarts>>, use: Awaited<ReturnType<typeof compareUse>>): void {
  const moreMs = starts.many.startMs - starts.few.startMs;
  const bytesEach = ((starts.many.rssKiB - starts.few.rssKiB) * 1024) / FUNCTIONS;
  const row = (what: string, pick: (which: 'few' | 'many') => number, digits: number, verdict: string) => [
    what,
    pick('few').toFixed(digits),
    pick('many').toFixed(digits),
    verdict,
  ];
  const ratio = (pick: (which: 'few' | 'many') => number) => `${(pick('many') / pick('few')).toFixed(2)} ×`;
  const ratioRow = (what: string, pick: (which: 'few' | 'many') => number, digits: number) => row(what, pick, digits, ratio(pick));
  process.stdout.write(
    `${table([
      ['', `${COLD + FEW + 1} functions`, `${FUNCTIONS}`, ''],
      row('start, ms', (which) => starts[which].startMs, 0, `${moreMs.toFixed(0)} ms more`),
      row('resident memory, MiB', (which) => starts[which].rssKiB / 1024, 1, `${bytesEach.toFixed(0)} bytes a function`),
      ratioRow('warm requests/s, 1 connection', (which) => use[which].perSecond, 0),
      ratioRow('warm p50, µs', (which) => use[which].p50Us, 0),
      ratioRow('warm CPU, µs a request', (which) => use[which].cpuUs, 0),
      ratioRow('first invocation of a function, ms', (which) => use[which].coldMs, 2),
      ratioRow('deploying one more, ms', (which) => use[which].deployMs, 1),
      ratioRow('ListFunctions, a page, ms', (which) => use[which].listMs, 2),
      ratioRow('GetAccountSettings, ms', (which) => use[which].settingsMs, 2),
    ])}\n${JSON.stringify({ functions: FUNCTIONS, startMoreMs: moreMs, bytesEach, starts, use })}\n`,
  );
}
