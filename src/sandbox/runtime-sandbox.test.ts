// A sandbox whose agent lies or dies at the worst moment: what never began is never the function's failure.

import assert from 'node:assert/strict';
import { randomFillSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';

import { FakeClock } from '../../test/support/fake-clock.ts';
import { QuietLog } from '../../test/support/quiet-log.ts';
import type { Enclosure } from './enclosure.ts';
import { encodeFrame, FRAME } from './frames.ts';
import { RuntimeSandbox } from './runtime-sandbox.ts';
import type { SandboxInvocation, Specialisation } from './sandbox.ts';

type Answer = readonly (readonly [kind: number, head: object])[];
/** What the agent says to a frame with this nonce, all of it in one piece. */
type Script = (kind: number, nonce: string) => Answer;

async function open(
  script: Script,
  exited: Enclosure['exited'] = new Promise(() => {}),
): Promise<{ sandbox: RuntimeSandbox; channel: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const channel = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [agent] = (await once(server, 'connection')) as [Socket];
  server.close();
  let came = Buffer.alloc(0);
  agent.on('data', (chunk: Buffer) => {
    came = Buffer.concat([came, chunk]);
    while (came.byteLength >= 9 && came.byteLength >= 4 + came.readUInt32LE(0)) {
      const head = JSON.parse(came.toString('utf8', 9, 9 + came.readUInt32LE(5))) as { readonly nonce: string };
      const answer = script(came.readUInt8(4), head.nonce);
      agent.write(Buffer.concat(answer.flatMap(([kind, said]) => encodeFrame(kind, { nonce: head.nonce, ...said }))));
      came = came.subarray(4 + came.readUInt32LE(0));
    }
  });
  const enclosure: Enclosure = {
    id: '0123456789abcdef',
    runtime: 'nodejs24.x',
    channel,
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    endpoint: undefined,
    exited,
    runtimeStarted: () => Promise.resolve(),
    placeOf: () => ({ taskRoot: '/var/task', layerRoot: '/opt', codeCachePath: undefined, environment: {} }),
    furnish: () => undefined,
    limit: () => undefined,
    setRunning: () => undefined,
    ranOutOfMemory: () => false,
    onConnection: () => undefined,
    freeze: () => Promise.resolve(),
    thaw: () => Promise.resolve(),
    usage: () => ({ cpuNanos: 0n, peakBytes: undefined }),
    resetPeak: () => undefined,
    remove: async () => void agent.destroy(),
  };
  const random = { bytes: (count: number) => randomFillSync(new Uint8Array(count)), uuid: randomUUID, fraction: () => 0 };
  const sandbox = new RuntimeSandbox({ clock: new FakeClock(), random, log: new QuietLog(), enclosure });
  await sandbox.boot(1000);
  return { sandbox, channel };
}

const READY: Answer = [[FRAME.ready, { ahead: 8 }]];
const INITIALISED: Answer = [[FRAME.initialised, {}]];

const specialisation: Specialisation = {
  codeTree: '/code',
  layerTrees: [],
  handler: 'index.handler',
  environment: {},
  memoryMiB: 128,
  initTimeoutMs: 1000,
  functionName: 'probe',
  functionVersion: '$LATEST',
  logGroup: '/aws/lambda/probe',
  logStream: 'stream',
};

function invocation(requestId: string): SandboxInvocation {
  return {
    requestId,
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:probe',
    payload: Buffer.from('{}'),
    deadlineMs: 0,
    timeoutMs: 1000,
  };
}

test('what breaks the rules right behind its word that it is ready, is not', async () => {
  const { sandbox } = await open((kind) =>
    kind === FRAME.boot ? READY : kind === FRAME.specialise ? [...INITIALISED, [FRAME.returned, {}]] : [],
  );
  const outcome = await sandbox.specialise(specialisation);
  assert.equal(outcome.kind, 'crashed', 'else each start for the same invocation would be followed by another');
  await sandbox.gone;
});

test('what is sent behind a last answer never began', async () => {
  const { sandbox, channel } = await open((kind) => {
    if (kind === FRAME.boot) return READY;
    return kind === FRAME.specialise ? INITIALISED : kind === FRAME.invoke ? [[FRAME.threw, { fatal: true }]] : [];
  });
  assert.equal((await sandbox.specialise(specialisation)).kind, 'ready');
  const first = sandbox.invoke(invocation('first'));
  await once(channel, 'data');
  // The answer has come, and is concluded when the lines before it have been read.
  const second = sandbox.invoke(invocation('second'));
  assert.deepEqual([(await first).kind, (await second).kind], ['threw', 'recalled']);
});

test('what is sent to a sandbox that has ended never began', async () => {
  const { sandbox } = await open((kind) => (kind === FRAME.boot ? READY : kind === FRAME.specialise ? INITIALISED : []));
  assert.equal((await sandbox.specialise(specialisation)).kind, 'ready');
  await sandbox.destroy();
  assert.deepEqual(await sandbox.invoke(invocation('late')), { kind: 'recalled' });
});

test('what hangs in the kernel when its sandbox ends takes nobody along', async () => {
  const { promise: exited, reject } = Promise.withResolvers<never>();
  const script: Script = (kind) => (kind === FRAME.boot ? READY : kind === FRAME.specialise ? INITIALISED : []);
  const { sandbox } = await open(script, exited);
  assert.equal((await sandbox.specialise(specialisation)).kind, 'ready');
  const outcome = sandbox.invoke(invocation('only'));
  reject(new Error('processes survive SIGKILL'));
  assert.equal((await outcome).kind, 'crashed');
});
