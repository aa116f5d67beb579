// Restate beside Mayfly: its server from npm as it comes, its SDK's handler in this process, calls through its HTTP ingress.
// Its write-ahead logs are synced (`rocksdb-disable-wal-fsync` is false by default, also for the log that acknowledges).

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { treeOf } from '../harness.ts';
import { serve } from './engine.ts';
import type { Engine } from './engine.ts';
import { installPeers } from './peers.ts';

/** Of Restate's SDK, what is used here. */
interface Sdk {
  service(definition: { readonly name: string; readonly handlers: Readonly<Record<string, unknown>> }): unknown;
  createEndpointHandler(options: { readonly services: readonly unknown[] }): Parameters<typeof createServer>[1];
}
interface StepContext {
  run(name: string, action: () => number): Promise<number>;
}

const PORTS = { ingress: 19_181, admin: 19_182, node: 19_183 };
const READY_TRIES = 100;

await serve(await openRestate());

async function openRestate(): Promise<Engine> {
  const peers = installPeers();
  assert(peers !== undefined, 'Restate is not installed');
  // Its SDK would write a line for each workflow; ours writes three for each task.
  process.env['RESTATE_LOGGING'] = 'ERROR';
  const restate = (await peers.load('@restatedev/restate-sdk')) as unknown as Sdk;
  const flow = restate.service({
    name: 'flow',
    handlers: {
      async run(context: StepContext) {
        const one = await context.run('one', () => 1);
        const two = await context.run('two', () => one + 1);
        return context.run('three', () => two + 1);
      },
    },
  });
  const steps = createServer({}, restate.createEndpointHandler({ services: [flow] }) as never).listen(0, '127.0.0.1');
  await once(steps, 'listening');
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-restate-'));
  const server = spawn(
    join(peers.folder, 'node_modules/.bin/restate-server'),
    ['--base-dir', folder, '--no-logo', '--bind-ip', '127.0.0.1'],
    {
      env: {
        ...process.env,
        DO_NOT_TRACK: '1',
        RESTATE_LOG_FILTER: 'error',
        RESTATE_LISTEN_MODE: 'tcp',
        RESTATE_BIND_PORT: String(PORTS.node),
        RESTATE_INGRESS__BIND_PORT: String(PORTS.ingress),
        RESTATE_ADMIN__BIND_PORT: String(PORTS.admin),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
      detached: true,
    },
  );
  const { port } = steps.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });
  await register(agent, `http://127.0.0.1:${port}`);
  return {
    // Its command is a small program of Node's that starts the server.
    processes: () => treeOf(server.pid ?? 0).slice(1),
    async run() {
      assert.equal(await post(agent, PORTS.ingress, '/flow/run', '1'), '3');
    },
    async close() {
      agent.destroy();
      process.kill(-(server.pid ?? 0), 'SIGKILL');
      await once(server, 'close');
      steps.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function register(agent: Agent, uri: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await post(agent, PORTS.admin, '/deployments', JSON.stringify({ uri }));
      return;
    } catch (error) {
      if (tries === READY_TRIES) throw error;
      await delay(100);
    }
  }
}

function post(agent: Agent, port: number, path: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request({ agent, host: '127.0.0.1', port, path, method: 'POST', headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => (text += part));
      answer.on('end', () =>
        (answer.statusCode ?? 500) < 300 ? resolve(text) : reject(new Error(`${path} answered ${answer.statusCode}: ${text}`)),
      );
    });
    call.on('error', reject);
    call.end(body);
  });
}
