// A connection on the lane: served while its requests are plain, handed to Node with every byte in order when one is not.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { after, describe, it } from 'node:test';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { ExpressLane } from './express-lane.ts';
import type { ExpressLaneParts } from './express-lane.ts';

const PLAIN = 'GET /lane HTTP/1.1\r\nHost: h\r\n\r\n';
const OTHER = 'GET /node HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';

const answerOf = (text: string) => ({ status: 200, headers: ['x-by', 'lane'], body: Buffer.from(text) });
type Serve = ExpressLaneParts['serve'];
const serveLane: Serve = ({ target, body }) =>
  target.startsWith('/lane') ? Promise.resolve(answerOf(`lane ${target} ${body.toString()}`)) : undefined;

const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

/** A lane in front of a Node server, on loopback; Node answers with what it was asked, and with the requests that it saw. */
async function open(parts: Partial<ExpressLaneParts> = {}) {
  let running = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(200, { 'x-by': 'node' }).end(`node ${request.url}`));
  });
  const [deliver] = server.listeners('connection');
  const lane = new ExpressLane({
    clock: new FakeClock(),
    serve: serveLane,
    learn: () => undefined,
    handOver: (socket) => deliver?.call(server, socket),
    began: () => void running++,
    ended: () => void running--,
    idleTimeoutMs: 60_000,
    ...parts,
  });
  const taken = Promise.withResolvers<Socket>();
  server.removeAllListeners('connection').on('connection', (socket: Socket) => {
    lane.take(socket);
    taken.resolve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    lane.closeAllConnections();
    server.closeAllConnections();
    server.close();
  });
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  closers.push(() => socket.destroy());
  await once(socket, 'connect');
  return { lane, socket, accepted: await taken.promise, running: () => running };
}

/** Reads until the text is there, or everything until the end. */
async function read(socket: Socket, until?: string): Promise<string> {
  let text = '';
  for await (const part of socket.iterator({ destroyOnReturn: false })) {
    text += String(part);
    if (until !== undefined && text.includes(until)) break;
  }
  return text;
}

describe('a connection on the express lane', () => {
  it('is answered request after request', async () => {
    const { socket, running } = await open();
    for (const body of ['one', 'two', 'three']) {
      socket.write(`POST /lane HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      assert.match(await read(socket, body), /^HTTP\/1\.1 200 OK\r\nx-by: lane\r\ndate: .* GMT\r\ncontent-length: \d+\r\n\r\nlane/);
    }
    assert.equal(running(), 0);
  });

  it('goes to Node with the first request that is not plain, and stays there', async () => {
    const { socket } = await open();
    socket.write(PLAIN);
    await read(socket, 'lane /lane');
    socket.write('GET /node HTTP/1.1\r\nHost: h\r\n\r\n');
    assert.match(await read(socket, 'node /node'), /x-by: node/);
    socket.write('GET /lane HTTP/1.1\r\nHost: h\r\n\r\n');
    assert.match(await read(socket, 'node /lane'), /x-by: node/);
  });

  it('goes to Node when a request comes in two pieces', async () => {
    const { socket, accepted } = await open();
    const first = once(accepted, 'data');
    socket.write(PLAIN.slice(0, 9));
    await first;
    socket.write(PLAIN.slice(9));
    assert.match(await read(socket, 'node /lane'), /x-by: node/);
  });

  it('keeps the order of requests that come at once', async () => {
    const { socket } = await open();
    socket.write(`${PLAIN}${PLAIN}${OTHER}`);
    const text = await read(socket);
    assert.deepEqual(text.match(/(lane|node) \/\w+/g), ['node /lane', 'node /lane', 'node /node']);
  });

  it('keeps what comes while an answer is under way for Node, behind that answer', async () => {
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof answerOf>>();
    const { socket, accepted } = await open({ serve: ({ target }) => (target === '/lane' ? promise : undefined) });
    const first = once(accepted, 'data');
    socket.write(PLAIN);
    await first;
    const second = once(accepted, 'data');
    socket.write(OTHER);
    await second;
    resolve(answerOf('late answer'));
    const text = await read(socket);
    assert.ok(text.indexOf('late answer') > 0 && text.indexOf('late answer') < text.indexOf('node /node'), text);
  });

  it('learns what it does not know, once, and then serves', async () => {
    let known = false;
    let lessons = 0;
    const { socket } = await open({
      serve: (request, origin) => (known ? serveLane(request, origin) : undefined),
      learn: async () => {
        lessons++;
        known = true;
      },
    });
    socket.write(PLAIN);
    assert.match(await read(socket, 'lane /lane'), /x-by: lane/);
    assert.equal(lessons, 1);
  });

  it('goes to Node where there was nothing to learn, also when its sender ended meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { socket } = await open({ serve: () => undefined, learn: () => promise });
    socket.end(OTHER);
    resolve();
    assert.match(await read(socket), /x-by: node[^]*node \/node/);
  });

  it('answers a sender that has ended, and ends too', async () => {
    const { socket } = await open();
    socket.end(PLAIN);
    assert.match(await read(socket), /x-by: lane[^]*lane \/lane/);
  });

  it('survives a sender that goes away before its answer', async () => {
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof answerOf>>();
    const { socket, accepted, running } = await open({ serve: () => promise });
    const first = once(accepted, 'data');
    socket.write(PLAIN);
    await first;
    const closed = new Promise<void>((finish) => void accepted.once('close', () => finish()));
    socket.resetAndDestroy();
    await closed;
    resolve(answerOf('to nobody'));
    await promise;
    await new Promise(setImmediate);
    assert.equal(running(), 0);
  });

  it('asks for no more of a sender that does not read', async () => {
    const large = Buffer.alloc(32 << 20, 'x');
    const { socket, accepted } = await open({ serve: async () => ({ status: 200, headers: [], body: large }) });
    socket.pause();
    socket.write(PLAIN);
    await once(accepted, 'pause');
    assert.equal(accepted.isPaused(), true);
    let received = 0;
    socket.on('data', (part: Buffer) => (received += part.length)).resume();
    await once(accepted, 'resume');
    socket.write(OTHER);
    await once(socket, 'end');
    assert.ok(received > large.length);
  });

  it('is cut where nothing of an answer is read any more', async () => {
    const { socket, accepted } = await open({ serve: async () => ({ status: 200, headers: [], body: Buffer.alloc(32 << 20) }) });
    socket.on('error', () => {}).pause();
    socket.write(PLAIN);
    await once(accepted, 'pause');
    accepted.emit('timeout');
    assert.equal(accepted.destroyed, true, 'an end would wait behind 32 MiB');
  });

  it('ends with its answer once the lane closes, and at once where it is idle', async () => {
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof answerOf>>();
    const { lane, socket, accepted } = await open({ serve: () => promise });
    const first = once(accepted, 'data');
    socket.write(PLAIN);
    await first;
    lane.beginClosing();
    lane.closeIdleConnections();
    resolve(answerOf('the last'));
    assert.match(await read(socket), /connection: close[^]*the last$/);
    const idle = await open();
    idle.lane.closeIdleConnections();
    assert.equal(await read(idle.socket), '');
  });

  it('leaves a function its own date, as Node does', async () => {
    const { socket } = await open({ serve: async () => ({ ...answerOf('dated'), headers: ['date', 'yesterday'] }) });
    socket.write(PLAIN);
    assert.match(await read(socket, 'dated'), /^HTTP\/1\.1 200 OK\r\ndate: yesterday\r\ncontent-length: 5\r\n\r\ndated$/);
  });

  it('says the length of a body that it does not send, and nothing of one that cannot be', async () => {
    const { socket } = await open({
      serve: async ({ target }) => ({ ...answerOf('four'), status: target === '/none' ? 204 : 200 }),
    });
    socket.write('HEAD /lane HTTP/1.1\r\nHost: h\r\n\r\n');
    assert.match(await read(socket, '\r\n\r\n'), /content-length: 4\r\n\r\n$/);
    socket.write('GET /none HTTP/1.1\r\nHost: h\r\n\r\n');
    assert.match(await read(socket, '\r\n\r\n'), /^HTTP\/1\.1 204 No Content\r\nx-by: lane\r\ndate: [^\r]*\r\n\r\n$/);
  });
});
