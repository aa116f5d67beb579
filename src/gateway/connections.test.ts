// Senders that are slow, large, rude or gone, and a gateway that closes.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { FUNCTION, openGatewayHouse, readToEnd, ROOT } from '../../test/support/gateway-house.ts';
import type { GatewayHouse, RawRequest } from '../../test/support/gateway-house.ts';
import { invoke, NOTING_SERVICES, put } from '../../test/support/noting-services.ts';
import type { CallContext } from './operation.ts';

const houses: GatewayHouse[] = [];
after(async () => {
  await Promise.all(houses.map((house) => house.gateway.close(0).catch(() => undefined)));
});

async function open(options: Parameters<typeof openGatewayHouse>[1] = {}): Promise<GatewayHouse> {
  const house = await openGatewayHouse(NOTING_SERVICES, options);
  houses.push(house);
  return house;
}

const house = await open();

test('bodies beyond their bound are refused, announced or not', async () => {
  const announced = await house.converse(
    house.head(invoke({ headers: { 'content-length': String(7 << 20), expect: '100-continue' } })),
  );
  assert.match(announced, /^HTTP\/1\.1 413 /);
  const socket = await house.open();
  const answer = readToEnd(socket);
  socket.write(house.head(invoke({ headers: { 'transfer-encoding': 'chunked' } })));
  for (let sent = 0; sent < 7 << 20; sent += 1 << 20) socket.write(`100000\r\n${'x'.repeat(1 << 20)}\r\n`);
  socket.write('0\r\n\r\n');
  assert.match(await answer, /^HTTP\/1\.1 413 [^]*Request must be smaller than 6291456 bytes/);
});

test('bodies that are received at the same time share one bound', async () => {
  const small = await open({ limits: { bufferedBytes: 1000 } });
  const socket = await small.open();
  socket.write(small.head(invoke({ headers: { 'content-length': '900' } })) + 'x'.repeat(800));
  // The second is sent once the first was taken in: its own bytes are the only ones that may be there.
  let answer = await small.send(invoke({ body: 'y'.repeat(300) }));
  while (answer.status === 200) answer = await small.send(invoke({ body: 'y'.repeat(300) }));
  assert.equal(answer.status, 503);
  socket.destroy();
  while (answer.status === 503) answer = await small.send(invoke({ body: 'y'.repeat(300) }));
  assert.equal(answer.status, 200);
});

test('a sender that waits to be told is told only once it is known', async () => {
  const stranger = await house.converse(
    house.head(put({ headers: { expect: '100-continue' }, key: { ...ROOT, secretAccessKey: 'wrong' } })),
  );
  assert.match(stranger, /^HTTP\/1\.1 403 /);
  const socket = await house.open();
  socket.setEncoding('latin1');
  socket.write(house.head(put({ headers: { expect: '100-continue', connection: 'close' } })));
  const [first] = (await once(socket, 'data')) as [string];
  assert.equal(first, 'HTTP/1.1 100 Continue\r\n\r\n');
  const rest = readToEnd(socket);
  socket.write('hello');
  assert.match(await rest, /^HTTP\/1\.1 200 /);
});

test('a denied sender whose body is on its way still hears its answer', async () => {
  const socket = await house.open();
  const answer = readToEnd(socket);
  socket.write(house.head(put({ headers: { 'content-length': String(4 << 20) }, key: { ...ROOT, secretAccessKey: 'wrong' } })));
  for (let sent = 0; sent < 4 << 20; sent += 1 << 18) socket.write(Buffer.alloc(1 << 18));
  assert.match(await answer, /^HTTP\/1\.1 403 [^]*connection: close[^]*SignatureDoesNotMatch/i);
});

test('what is no HTTP, or too much of it, is told so and ended', async () => {
  assert.match(await house.converse('GARBAGE\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.match(await house.converse(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  assert.match(await house.converse('GET /%ff?a=%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /<Code>InvalidURI<\/Code>/);
});

test('a head that never ends is given up', async () => {
  const slow = await open({ limits: { headersTimeoutMs: 50 } });
  assert.match(await slow.converse('GET / HTTP/1.1\r\nHost: x\r\n'), /^(HTTP\/1\.1 408 |$)/);
});

test('a body that stalls is given up, and the handler hears of it', async () => {
  const stalling = await open();
  const socket = await stalling.open();
  const ended = once(socket, 'close');
  socket.on('error', () => undefined);
  socket.write(`${stalling.head(invoke({ headers: { 'content-length': '10' } }))}half`);
  while (stalling.clock.pendingTimers === 0) await new Promise((resolve) => void setImmediate(resolve));
  await stalling.clock.advance(120_000);
  await ended;
});

test("a caller that goes away aborts its call's signal", async () => {
  const { promise, resolve } = Promise.withResolvers<AbortSignal>();
  const waiting = await openGatewayHouse({
    lambda: {
      handlers: {
        Invoke: (_input: never, { signal }: CallContext) => {
          resolve(signal);
          return new Promise((finish) => signal.addEventListener('abort', () => finish({ StatusCode: 200 })));
        },
      },
    },
  });
  houses.push(waiting);
  const socket = await waiting.open();
  socket.write(`${waiting.head(invoke())}{"a":1}`);
  const signal = await promise;
  assert.equal(signal.aborted, false);
  socket.destroy();
  await once(signal, 'abort');
});

test('closing finishes what runs, refuses what comes, ends all connections, and takes no more', async () => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const closing = await openGatewayHouse({
    lambda: {
      handlers: {
        Invoke: async () => {
          started.resolve();
          await finish.promise;
          return { StatusCode: 200, Payload: Buffer.from('"done"') };
        },
      },
    },
  });
  const idle = await closing.open();
  const idleEnded = once(idle, 'close');
  const running = closing.converse(`${closing.head(invoke())}{"a":1}`);
  await started.promise;
  const closed = closing.gateway.close();
  const late = await closing.send(invoke());
  assert.equal(late.status, 503);
  finish.resolve();
  assert.match(await running, /^HTTP\/1\.1 200 [^]*"done"$/);
  idle.end();
  await idleEnded;
  await closed;
  await assert.rejects(closing.open(), { code: 'ECONNREFUSED' });
});

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const CLOSING = {
  retryAfter: /^HTTP\/1\.1 503 [^]*retry-after: 1/i,
  closes: /connection: close/i,
};

test('a gateway that drains refuses every request in its own protocol, as one that is sent again', async () => {
  const draining = await open({ routes: [() => false] });
  draining.gateway.drain();
  const refusals: [RawRequest, RegExp][] = [
    [invoke(), /x-amzn-errortype: ServiceException/i],
    [put(), /<Code>ServiceUnavailable<\/Code>/],
    [
      { url: '/', service: 'sts', body: 'Action=GetCallerIdentity&Version=2011-06-15', headers: FORM },
      /<Code>ServiceUnavailable<\/Code>/,
    ],
    [
      {
        url: '/',
        service: 'logs',
        body: '{}',
        headers: { 'x-amz-target': 'Logs_20140328.DescribeLogGroups', 'content-type': 'application/x-amz-json-1.1' },
      },
      /"__type":"ServiceUnavailableException"/,
    ],
  ];
  for (const [request, expected] of refusals) {
    const refusal = await draining.converse(draining.head(request) + Buffer.from(request.body ?? '').toString('latin1'));
    for (const pattern of [CLOSING.retryAfter, CLOSING.closes, expected]) assert.match(refusal, pattern);
  }
  const own = await draining.converse('GET /_mayfly/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  assert.match(own, CLOSING.retryAfter);
});

test('a gateway that drains goes on with what had begun, whose head may have come before its body', async () => {
  const draining = await open();
  const half = await draining.open();
  const answer = readToEnd(half);
  half.write(`${draining.head(invoke({ headers: { 'content-length': '7' } }))}{"a"`);
  // The head was taken when its handler waits for the rest of the body.
  while (draining.clock.pendingTimers === 0) await new Promise((resolve) => void setImmediate(resolve));
  draining.gateway.drain();
  half.write(':1}');
  const answered = await answer;
  assert.match(answered, /^HTTP\/1\.1 200 /);
  assert.match(answered, CLOSING.closes);
});

test('a head of which only a part has come is completed and answered', async () => {
  const draining = await open();
  const half = await draining.open();
  const answer = readToEnd(half);
  const head = draining.head(invoke({ headers: { 'content-length': '2' } }));
  half.write(head.slice(0, 40));
  // What is sent on another connection afterwards has been read afterwards.
  await draining.send(invoke());
  const closed = draining.gateway.close();
  half.write(`${head.slice(40)}{}`);
  assert.match(await answer, CLOSING.retryAfter);
  await closed;
});

test('functions are served while the gateway drains', async () => {
  const draining = await open();
  draining.gateway.drain();
  const server = createServer((socket) => draining.gateway.acceptConnection(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const outside = connect((server.address() as AddressInfo).port, '127.0.0.1');
  outside.write(`${draining.head(invoke({ key: FUNCTION, headers: { connection: 'close' } }))}{"a":1}`);
  assert.match(await readToEnd(outside), /^HTTP\/1\.1 200 /);
  server.close();
});

/** A connection that was used and is silent, on which a request is on its way when the gateway closes; what its sender hears. */
async function crossingRequest(quietMs: number): Promise<string> {
  const closing = await open({ limits: { quietMs } });
  const socket = await closing.open();
  const request = `${closing.head(invoke())}{"a":1}`;
  socket.write(request);
  await once(socket, 'data');
  let heard = '';
  socket.setEncoding('latin1').on('data', (part: string) => (heard += part));
  socket.on('error', (error: NodeJS.ErrnoException) => (heard += error.code));
  const ended = new Promise((resolve) => socket.once('close', resolve));
  // Both in one turn: the gateway cannot have read it yet.
  socket.write(request);
  const state = { isClosed: false };
  const closed = closing.gateway.close().then(() => (state.isClosed = true));
  socket.on('end', () => socket.end());
  await ended;
  while (!state.isClosed) await closing.clock.advance(quietMs);
  await closed;
  return heard;
}

test('a request that crosses the closing is answered, since connections are ended only in silence', async () => {
  assert.match(await crossingRequest(250), CLOSING.retryAfter);
  assert.doesNotMatch(await crossingRequest(0), /HTTP/, 'without silence it is lost');
});

test('a connection on which nothing comes is ended when it has been silent for a while', async () => {
  const closing = await open({ limits: { quietMs: 250 } });
  const socket = await closing.open();
  socket.write(`${closing.head(invoke())}{"a":1}`);
  await once(socket, 'data');
  const ended = once(socket.resume(), 'end');
  const state = { isClosed: false };
  const closed = closing.gateway.close().then(() => (state.isClosed = true));
  while (!state.isClosed) await closing.clock.advance(250);
  await ended;
  await closed;
});
