// Objects through HTTP beside s3rver, in one run: PUT and GET of 1 KiB, 1 MiB and 64 MiB, alternating rounds, medians, ratios. Prints a table
// and a line of JSON. Each server has a process of its own, the load another. Both get presigned URLs (SigV4, unsigned payload) of the same
// keys; ours syncs every PUT to the disk, s3rver does not. The servers import no SDK, which would
// weigh on their garbage collection. Run it on a quiet machine: TMPDIR=/var/tmp npm run bench objects

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { NODE_FLAGS } from '../bin/node-flags.mjs';

const KiB = 1024;
const MiB = 1024 * KiB;
const ROUNDS = 5;
const BUCKET = 'bench';
const CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

interface Case {
  readonly name: string;
  readonly method: 'PUT' | 'GET';
  readonly bytes: number;
  readonly connections: number;
  /** How many keys take turns; every PUT after the first of a key overwrites. */
  readonly keys: number;
  readonly roundMs: number;
}

const CASES: readonly Case[] = [
  { name: 'PUT 1 KiB', method: 'PUT', bytes: KiB, connections: 16, keys: 512, roundMs: 1500 },
  { name: 'GET 1 KiB', method: 'GET', bytes: KiB, connections: 16, keys: 512, roundMs: 1500 },
  { name: 'PUT 1 MiB', method: 'PUT', bytes: MiB, connections: 4, keys: 16, roundMs: 1500 },
  { name: 'GET 1 MiB', method: 'GET', bytes: MiB, connections: 4, keys: 16, roundMs: 1500 },
  { name: 'PUT 64 MiB', method: 'PUT', bytes: 64 * MiB, connections: 2, keys: 2, roundMs: 2500 },
  { name: 'GET 64 MiB', method: 'GET', bytes: 64 * MiB, connections: 2, keys: 2, roundMs: 2500 },
];

/** What the load process is told, and what it answers. */
interface Load {
  readonly port: number;
  readonly method: 'PUT' | 'GET';
  readonly bytes: number;
  readonly connections: number;
  readonly targets: readonly string[];
  readonly roundMs: number;
}

interface Sample {
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

const SERVERS = ['mayfly', 's3rver'] as const;
type Server = (typeof SERVERS)[number];

const [mode = 'compare', argument = ''] = process.argv.slice(2);
switch (mode) {
  case 'mayfly':
    await serveMayfly(argument);
    break;
  case 's3rver':
    await serveS3rver(argument);
    break;
  case 'load':
    await generateLoad();
    break;
  default:
    await compare();
}

async function compare(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-bench-objects-'));
  const children: ChildProcess[] = [];
  try {
    const load = child(children, 'load');
    const ports = new Map<Server, number>();
    for (const server of SERVERS) ports.set(server, Number(await child(children, server, join(folder, server)).line()));
    const samples = new Map<string, Sample[]>();
    for (const one of CASES) {
      const loads = new Map<Server, Load>();
      for (const server of SERVERS) loads.set(server, await prepare(one, ports.get(server) ?? 0));
      for (let round = 0; round <= ROUNDS; round++) {
        for (const server of round % 2 === 0 ? SERVERS : SERVERS.toReversed()) {
          load.send(loads.get(server));
          const sample = JSON.parse(await load.line()) as Sample;
          // The first round warms both sides up.
          if (round > 0) samples.set(`${server} ${one.name}`, [...(samples.get(`${server} ${one.name}`) ?? []), sample]);
        }
      }
    }
    report(samples);
  } finally {
    const living = children.filter((process) => process.exitCode === null && process.signalCode === null);
    const ended = Promise.all(living.map((process) => once(process, 'exit')));
    for (const process of living) process.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

function child(children: ChildProcess[], ...rest: readonly string[]) {
  const started = spawn(process.execPath, [...(rest[0] === 'mayfly' ? NODE_FLAGS : []), import.meta.filename, ...rest], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(started);
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
  return {
    send: (message: unknown) => started.stdin.write(`${JSON.stringify(message)}\n`),
    async line() {
      const { value, done } = (await lines.next()) as { readonly value?: string; readonly done?: boolean };
      if (done === true || value === undefined) throw new Error(`${rest[0]} ended before it answered`);
      return value;
    },
  };
}

/** Signs the targets, and puts the objects that are to be read. */
async function prepare(one: Case, port: number): Promise<Load> {
  const { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
  const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: CREDENTIALS,
    forcePathStyle: true,
    // The SDK's checksums would be those of an empty body: a presigned URL does not know its own.
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET })).catch((error: Error) => {
    if (error.name !== 'BucketAlreadyExists') throw error; // s3rver does not make a bucket twice.
  });
  const { method, bytes, connections, roundMs } = one;
  const targets: string[] = [];
  for (let index = 0; index < one.keys; index++) {
    const ref = { Bucket: BUCKET, Key: `${bytes}-${index}` };
    if (method === 'GET') await client.send(new PutObjectCommand({ ...ref, Body: Buffer.alloc(bytes, index) }));
    const url = new URL(
      await getSignedUrl(client, method === 'GET' ? new GetObjectCommand(ref) : new PutObjectCommand(ref), { expiresIn: 3600 }),
    );
    targets.push(url.pathname + url.search);
  }
  client.destroy();
  return { port, method, bytes, connections, targets, roundMs };
}

function report(samples: ReadonlyMap<string, readonly Sample[]>): void {
  const middle = (server: Server, { name }: Case) => {
    const all = samples.get(`${server} ${name}`) ?? [];
    const of = (member: keyof Sample) =>
      all.map((sample) => sample[member]).sort((one, other) => one - other)[all.length >> 1] ?? 0;
    return { perSecond: of('perSecond'), p50Us: of('p50Us'), p99Us: of('p99Us') };
  };
  const rows = CASES.map((one) => {
    const [ours, theirs] = [middle('mayfly', one), middle('s3rver', one)];
    return {
      case: one.name,
      'mayfly/s': Math.round(ours.perSecond * 10) / 10,
      's3rver/s': Math.round(theirs.perSecond * 10) / 10,
      'mayfly MiB/s': Math.round((ours.perSecond * one.bytes) / MiB),
      's3rver MiB/s': Math.round((theirs.perSecond * one.bytes) / MiB),
      'mayfly p50/p99 ms': `${(ours.p50Us / 1000).toFixed(2)} / ${(ours.p99Us / 1000).toFixed(2)}`,
      's3rver p50/p99 ms': `${(theirs.p50Us / 1000).toFixed(2)} / ${(theirs.p99Us / 1000).toFixed(2)}`,
      ratio: Number((ours.perSecond / theirs.perSecond).toFixed(2)),
    };
  });
  console.table(rows);
  console.log(JSON.stringify({ bench: 'objects', ratios: Object.fromEntries(rows.map((row) => [row.case, row.ratio])) }));
}

async function serveMayfly(folder: string): Promise<void> {
  const { openLocalBlobs, openSqliteStore } = await import('#store');
  const { createBuckets } = await import('#buckets');
  const { createGateway } = await import('#gateway');
  const { createKeys } = await import('#identity');
  const { createS3Handlers } = await import('../src/gateway/s3/index.ts');
  const { realClock, realRandom, jsonLog } = await import('../src/main/ambient.ts');
  const scope = { account: '000000000000', region: 'us-east-1' } as Parameters<typeof createGateway>[0]['scope'];
  const log = jsonLog('warn', (line) => process.stderr.write(line));
  const store = await openSqliteStore({ folder, log });
  const buckets = createBuckets({
    objects: store.objects,
    blobs: await openLocalBlobs({ folder: join(folder, 'blobs') }),
    clock: realClock,
    random: realRandom,
    log,
    deliveriesFor: () => [],
    validateDestination: () => Promise.resolve({ kind: 'valid' }),
    sendTestEvents: () => Promise.resolve(),
  });
  const gateway = createGateway({
    services: { s3: { handlers: createS3Handlers({ buckets }) } },
    identity: createKeys({ account: scope.account, rootKey: CREDENTIALS, random: realRandom }),
    scope,
    clock: realClock,
    random: realRandom,
    log,
  });
  const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 });
  console.log(port);
}

async function serveS3rver(directory: string): Promise<void> {
  const untyped: string = 's3rver';
  const { default: S3rver } = (await import(untyped)) as {
    readonly default: new (options: object) => { run(): Promise<{ readonly port: number }> };
  };
  const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, resetOnClose: false });
  const { port } = await server.run();
  console.log(port);
}

/** A load after the other, as they come on stdin. */
async function generateLoad(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin }))
    console.log(JSON.stringify(await runLoad(JSON.parse(line) as Load)));
}

async function runLoad(load: Load): Promise<Sample> {
  const took: number[] = [];
  const body = load.method === 'PUT' ? Buffer.alloc(load.bytes, 'x') : Buffer.alloc(0);
  const length = load.method === 'PUT' ? `content-length: ${load.bytes}\r\n` : '';
  const heads = load.targets.map((target) =>
    Buffer.from(`${load.method} ${target} HTTP/1.1\r\nhost: 127.0.0.1:${load.port}\r\n${length}\r\n`),
  );
  let next = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: load.connections }, async () => {
      const connection = await openConnection(load.port);
      for (let at = performance.now(); at - began < load.roundMs; at = performance.now()) {
        await connection.exchange(
          heads[next++ % heads.length] ?? Buffer.alloc(0),
          body,
          load.method === 'GET' ? load.bytes : undefined,
        );
        took.push(performance.now() - at);
      }
      connection.close();
    }),
  );
  const elapsedMs = performance.now() - began;
  took.sort((one, other) => one - other);
  const percentile = (share: number) => Math.round((took[Math.floor(took.length * share)] ?? 0) * 1000);
  return { perSecond: (took.length / elapsedMs) * 1000, p50Us: percentile(0.5), p99Us: percentile(0.99) };
}

/** As little of an HTTP client as will do, so that the load does not measure itself: one request at a time, answers with a length. */
async function openConnection(port: number) {
  const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  let head = '';
  let left: number | undefined;
  let bodyBytes = 0;
  let settle: { readonly resolve: (bytes: number) => void; readonly reject: (error: Error) => void } | undefined;
  const fail = (error: Error) => settle?.reject(error);
  socket.on('error', fail).on('close', () => fail(new Error('the server closed the connection')));
  socket.on('data', (chunk) => {
    let body = chunk;
    if (left === undefined) {
      const before = head.length;
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      body = chunk.subarray(end + 4 - before);
      if (!/^HTTP\/1.1 20[06]/.test(head) || /\r\ntransfer-encoding:/i.test(head))
        return fail(new Error(`cannot use this answer: ${head.slice(0, end)}`));
      bodyBytes = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      left = bodyBytes;
    }
    left -= body.length;
    if (left > 0) return;
    head = '';
    left = undefined;
    settle?.resolve(bodyBytes);
  });
  return {
    async exchange(head: Buffer, body: Buffer, expected: number | undefined): Promise<void> {
      const bytes = await new Promise<number>((resolve, reject) => {
        settle = { resolve, reject };
        socket.cork();
        socket.write(head);
        if (body.length > 0) socket.write(body);
        socket.uncork();
      });
      if (expected !== undefined && bytes !== expected) throw new Error(`got ${bytes} bytes instead of ${expected}`);
    },
    close() {
      settle = undefined;
      socket.destroy();
    },
  };
}
