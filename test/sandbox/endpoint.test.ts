// The one door: what a function says to 127.0.0.1:4566 arrives at the platform on a socket of that sandbox alone.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';

import { levels } from './support/levels.ts';
import { invocation, openHouse, valueOf } from './support/real-house.ts';
import type { House } from './support/real-house.ts';
import { startFunction } from './support/running.ts';

const skip = (await levels()).find(({ level }) => level === 'bwrap')?.skip ?? true;

describe('AWS_ENDPOINT_URL in a sandbox', { skip }, () => {
  let house: House;
  before(async () => {
    house = await openHouse('bwrap');
  });
  after(() => house[Symbol.asyncDispose]());

  const ASK = `const http = require('http'); const ask = (path, body) => new Promise((ok, no) => { const r = http.request({ host: '127.0.0.1', port: 4566, path, method: 'POST' }, (a) => { let t = ''; a.on('data', (d) => t += d); a.on('end', () => ok(t)) }); r.on('error', (e) => ok(e.code)); r.end(body) });`;

  it('is served by whoever listens to this sandbox’s connections', async () => {
    const server = createServer((request, response) => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => (bytes += chunk.byteLength));
      request.on('end', () => response.end(`${owners.get(request.socket)} ${request.url} ${bytes}`));
    });
    const owners = new WeakMap<Socket, string>();
    const running = await Promise.all(
      ['first', 'second'].map(async (name) => {
        const one = await startFunction(house, {
          'index.js': `${ASK} exports.handler = async ({ size }) => [await ask('/a', 'x'.repeat(size)), await ask('/b', '')]`,
        });
        one.sandbox.onConnection((connection) => {
          owners.set(connection, name);
          server.emit('connection', connection);
        });
        return { name, sandbox: one.sandbox };
      }),
    );
    for (const { name, sandbox } of running) {
      assert.deepEqual(valueOf(await sandbox.invoke(invocation({ size: 300_000 }))), [`${name} /a 300000`, `${name} /b 0`]);
      await sandbox.destroy();
    }
    server.close();
  });

  it('is closed while nobody listens', async () => {
    await using running = await startFunction(house, { 'index.js': `${ASK} exports.handler = async () => ask('/', '')` });
    assert.equal(valueOf(await running.sandbox.invoke(invocation())), 'ECONNRESET');
  });

  it('does not keep a function from finishing', async () => {
    await using running = await startFunction(house, {
      'index.js': `const net = require('net'); let s; exports.handler = (e, c, cb) => { s = net.connect(4566, '127.0.0.1'); s.unref(); cb(null, 'done') }`,
    });
    running.sandbox.onConnection(() => {});
    assert.equal(valueOf(await running.sandbox.invoke(invocation({}, { timeoutMs: 3000 }))), 'done');
  });

  it('takes a bounded number of connections at once', async () => {
    const source = `const net = require('net'); exports.handler = async () => { const all = Array.from({ length: 300 }, () => net.connect(4566, '127.0.0.1')); let closed = 0; for (const s of all) { s.on('error', () => {}); s.on('close', () => closed++) } while (closed < 300 - 256) await new Promise((r) => setTimeout(r, 5)); await new Promise((r) => setTimeout(r, 50)); for (const s of all) s.destroy(); return closed }`;
    await using running = await startFunction(house, { 'index.js': source });
    let opened = 0;
    running.sandbox.onConnection((connection) => {
      opened++;
      connection.on('error', () => connection.destroy());
      connection.resume();
      connection.on('end', () => connection.end());
    });
    assert.equal(valueOf(await running.sandbox.invoke(invocation())), 300 - 256);
    assert.equal(opened, 256);
  });

  it('ends its connections with the sandbox', async () => {
    await using running = await startFunction(house, {
      'index.js': `const net = require('net'); exports.handler = async () => { await new Promise((ok) => net.connect(4566, '127.0.0.1', ok)); return 1 }`,
    });
    const closed = new Promise<void>((resolve) => {
      running.sandbox.onConnection((connection) => {
        connection.on('error', () => connection.destroy());
        connection.on('close', resolve);
        connection.resume();
        connection.on('end', () => connection.end());
      });
    });
    await running.sandbox.invoke(invocation());
    await running.sandbox.destroy();
    await closed;
  });
});
