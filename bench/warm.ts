// Warm functions through the HTTP door beside a bare node:http server with the same answer, in one run: one request per instance and
// several, 1 and 32 connections; bodies of 1 MiB both ways beside the same handler inside one node:http process; and what instances
// cost that nobody calls. Prints tables and a line of JSON. Run it on a quiet machine: npm run bench warm

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { TagResourceCommand } from '@aws-sdk/client-lambda';
import { runPlatform } from '../test/support/running-platform.ts';
import { Children, compare, cpuMsOf, LOADED_BY, table, treeOf } from './harness.ts';
import type { Child, Figures, Target } from './harness.ts';

const MiB = 1_048_576;
const ANSWER = JSON.stringify({ message: 'Hello from a function', input: null });
const HELLO = `export const handler = async () => ({ statusCode: 200, headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(ANSWER)} });`;
const LARGE_BODY = 'y'.repeat(MiB);
/** Answers with a MiB, or with the length of what came. */
const LARGE = `const large = 'y'.repeat(${MiB});
export const handler = async (event) => ({ statusCode: 200, headers: { 'content-type': 'text/plain' }, body: event.body === undefined ? large : String(event.body.length) });`;
/** Lambda gives CPU in proportion to memory, and a whole core at this size. The servers beside it have no limit. */
const ONE_CORE_MIB = 1769;
const IDLE_INSTANCES = 100;
const IDLE_WATCH_MS = 10_000;

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
    const { port, one, several, large } = JSON.parse(await mayfly.line()) as Served;
    const beside = (path: string, paths: Readonly<Record<string, string>>): readonly Target[] => [
      { name: 'node:http', order: { port: barePort, path }, pid: bare.process.pid ?? 0 },
      ...Object.entries(paths).map(([name, own]) => ({ name, order: { port, path: own }, pid: mayfly.process.pid ?? 0 })),
    ];
    const shared = { load, rounds: 5, roundMs: 1000 };
    const targets = beside('/', { 'mayfly, one request per instance': one, 'mayfly, several requests per instance': several });
    const small = await compare({ ...shared, targets, connections: [1, 32] });
    const down = await compare({ ...shared, targets: beside('/large', { mayfly: large }), connections: [32] });
    const upTargets = beside('/large', { mayfly: large }).map((target) => ({
      ...target,
      order: { ...target.order, bodyBytes: MiB },
    }));
    const up = await compare({ ...shared, targets: upTargets, connections: [32] });
    const idle = await idleCpu(mayfly);
    process.stdout.write(
      [
        `loaded by ${LOADED_BY}`,
        figuresTable('warm, small answers', small),
        figuresTable('answers of 1 MiB', down),
        figuresTable('requests of 1 MiB', up),
        `CPU of ${IDLE_INSTANCES} idle instances over ${IDLE_WATCH_MS / 1000} s: ${idle.instancesMs} ms; of the platform beside them ${idle.platformMs} ms`,
        JSON.stringify({ bench: 'warm', loadedBy: LOADED_BY, small, down, up, idle }),
        '',
      ].join('\n\n'),
    );
  } finally {
    await children.close();
  }
}

/** Ends when the parent closes its stdin. What `/large` does is what the function does, in one process and without a sandbox. */
async function serveBare(): Promise<void> {
  const body = Buffer.from(ANSWER);
  const server = createServer((request, response) => {
    if (request.url === '/large') {
      void serveLarge(request).then((answer) => {
        response.writeHead(200, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(answer) });
        response.end(answer);
      });
      return;
    }
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

async function serveLarge(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  return text === '' ? LARGE_BODY : String(text.length);
}

interface Served {
  readonly port: number;
  readonly one: string;
  readonly several: string;
  readonly large: string;
}

async function serveMayfly(): Promise<void> {
  const platform = await runPlatform();
  try {
    const pathOf = async (name: string, source: string) => {
      await platform.deploy(name, source, { MemorySize: ONE_CORE_MIB });
      return new URL(await platform.openUrl(name)).pathname;
    };
    const one = await pathOf('one', HELLO);
    const several = await pathOf('several', HELLO);
    const Resource = 'arn:aws:lambda:us-east-1:000000000000:function:several';
    await platform.lambda.send(new TagResourceCommand({ Resource, Tags: { 'mayfly:instance-concurrency': '32' } }));
    const large = await pathOf('large', LARGE);
    process.stdout.write(
      `${JSON.stringify({ port: Number(new URL(platform.endpoint).port), one, several, large } satisfies Served)}\n`,
    );
    await once(process.stdin, 'data');
    await startIdleInstances(platform);
    process.stdout.write('idle\n');
    await once(process.stdin.resume(), 'end');
  } finally {
    await platform.close();
  }
}

/** As many invocations at once as instances are wanted, of one function, which then has them idle. */
async function startIdleInstances(platform: Awaited<ReturnType<typeof runPlatform>>): Promise<void> {
  await platform.deploy('idle', `export const handler = () => new Promise((resolve) => setTimeout(resolve, 3000, process.pid));`, {
    MemorySize: 128,
    Timeout: 60,
  });
  await Promise.all(Array.from({ length: IDLE_INSTANCES }, () => platform.invoke('idle')));
}

interface IdleCpu {
  readonly instancesMs: number;
  readonly platformMs: number;
}

async function idleCpu(mayfly: Child): Promise<IdleCpu> {
  mayfly.say('idle');
  await mayfly.line();
  // The freezer comes a moment after the last answer.
  await setTimeout(1000);
  const platform = mayfly.process.pid ?? 0;
  const before = new Map(treeOf(platform).map((pid) => [pid, cpuMsOf(pid, 'alone')]));
  await setTimeout(IDLE_WATCH_MS);
  let instancesMs = 0;
  let platformMs = 0;
  for (const pid of treeOf(platform)) {
    const beforeMs = before.get(pid);
    // Who has begun meanwhile is no idle instance.
    if (beforeMs === undefined) continue;
    const usedMs = cpuMsOf(pid, 'alone') - beforeMs;
    if (pid === platform) platformMs += usedMs;
    else instancesMs += usedMs;
  }
  return { instancesMs, platformMs };
}

function figuresTable(title: string, all: readonly Figures[]): string {
  const rows = all.map((figures) => {
    const base = all.find(({ connections, target }) => connections === figures.connections && target === 'node:http') ?? figures;
    return [
      `${figures.target}, ${figures.connections} connections`,
      figures.perSecond.toFixed(0),
      (figures.perSecond / base.perSecond).toFixed(3),
      figures.p50Us.toFixed(0),
      (figures.p50Us / base.p50Us).toFixed(2),
      figures.p99Us.toFixed(0),
      (figures.p99Us / base.p99Us).toFixed(2),
      figures.cpuUs.toFixed(1),
      (figures.cpuUs / base.cpuUs).toFixed(2),
      `${(figures.foreign * 100).toFixed(0)} %`,
      String(figures.errors),
    ];
  });
  return table([[title, 'req/s', 'ratio', 'p50 µs', 'ratio', 'p99 µs', 'ratio', 'CPU µs', 'ratio', 'foreign', 'errors'], ...rows]);
}
