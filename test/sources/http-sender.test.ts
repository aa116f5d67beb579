// The platform's own requests: which destinations are refused without a packet, and what is made of those that answer badly or not at all.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { LIMITS } from '#kernel';
import { createHttpSender } from '#sources';
import type { WebRequest } from '#sources';
import { realClock as clock } from '../../src/main/ambient.ts';

/** A key of nobody's, for a certificate that nobody trusts. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg2tiL7l/h/pcPcuCL
uoXHuB9WpyJ/pkfBJ0MCW2aRLSehRANCAAR4ms7aMXm/FYEmYqHJas88P8190AK3
6ZTuA5B00Tms0Y6sNqKeHzN/aLCUdqeARfB/0OljZqq/DTZwcIDuUhx7
-----END PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIUZG8Zf12qGlhoObYemzLGd2uDKhYwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTAwMzIwN1oYDzIxMjYxMDI4
MDAzMjA3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAR4ms7aMXm/FYEmYqHJas88P8190AK36ZTuA5B00Tms0Y6sNqKeHzN/
aLCUdqeARfB/0OljZqq/DTZwcIDuUhx7o2kwZzAdBgNVHQ4EFgQU6M2dLEL+Gyke
ZsWrAirZgizq07QwHwYDVR0jBBgwFoAU6M2dLEL+GykeZsWrAirZgizq07QwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SAAwRQIhALJL8MGUoMjqqoMZwAERtuG2CbAtWU7NsebKibJ9NoBsAiB2Ayz5kYzg
s+1dP81EC4Pw7pXRhVee06pgmTG3CBTITg==
-----END CERTIFICATE-----`;

/** Where it listens, until the test ends. */
async function listening(context: TestContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.close();
    if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function') server.closeAllConnections();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serving = async (context: TestContext, listener: RequestListener): Promise<string> =>
  `http://${await listening(context, createServer(listener))}`;

function sender(context: TestContext, parts: Partial<Parameters<typeof createHttpSender>[0]> = {}) {
  const created = createHttpSender({ clock, targets: 'any', ...parts });
  context.after(() => created.close());
  return (url: string, more: Partial<WebRequest> = {}) =>
    created.send({ method: 'POST', url, headers: {}, body: Buffer.from('{"order":1}'), timeoutMs: 10_000, ...more });
}

test('a request arrives as it was made, and its answer comes back', async (context) => {
  let seen: unknown;
  const url = await serving(context, (request, response) => {
    void buffer(request).then((body) => {
      const { method, url: path, headers } = request;
      seen = { method, path, body: body.toString(), type: headers['content-type'], authorization: headers.authorization };
      response.writeHead(200, { 'x-answer': 'yes' }).end('thanks');
    });
  });
  const send = sender(context);
  const result = await send(`${url.replace('//', '//me:a%20secret@')}/orders?id=1`, {
    headers: { 'content-type': 'application/json', host: 'elsewhere', 'transfer-encoding': 'chunked' },
  });
  assert(result.kind === 'answered');
  assert.deepEqual([result.status, result.headers['x-answer'], result.body], [200, 'yes', 'thanks']);
  assert.deepEqual(seen, {
    method: 'POST',
    path: '/orders?id=1',
    body: '{"order":1}',
    type: 'application/json',
    authorization: `Basic ${Buffer.from('me:a secret').toString('base64')}`,
  });
});

test('a GET has no body', async (context) => {
  let bytes = -1;
  const url = await serving(context, (request, response) => {
    void buffer(request).then((body) => {
      bytes = body.byteLength;
      response.end();
    });
  });
  await sender(context)(url, { method: 'GET' });
  assert.equal(bytes, 0);
});

for (const [what, url] of [
  ['loopback', 'http://127.0.0.1:9/'],
  ['a private address', 'https://10.1.2.3/'],
  ['a metadata service', 'http://169.254.169.254/latest/meta-data/'],
  ['an address in hexadecimal', 'http://0x7f.1/'],
  ['an address as one number', 'http://2130706433/'],
  ['an address in octal', 'http://0177.0.0.1/'],
  ['no address at all, which means this machine', 'http://0/'],
  ['IPv6 loopback', 'http://[::1]/'],
  ['IPv4 within IPv6', 'http://[::ffff:10.0.0.1]/'],
  ['IPv4 within IPv6, in hexadecimal', 'http://[::ffff:7f00:1]/'],
  ['a unique local address', 'http://[fd00::1]/'],
  ['6to4 of a private address', 'http://[2002:0a00:0001::]/'],
] as const)
  test(`${what} is refused, and no name is asked for`, async (context) => {
    const resolve = (): Promise<never> => Promise.reject(assert.fail('a literal was resolved'));
    const result = await sender(context, { targets: 'public', resolve })(url);
    assert.equal(result.kind, 'refused');
    assert.match(result.kind === 'refused' ? result.reason : '', /is not on the public internet.*--http-targets any/);
  });

for (const [what, addresses] of [
  ['one private address', ['10.0.0.1']],
  ['a private address among public ones', ['93.184.216.34', '10.0.0.1']],
  ['a public IPv4 and a private IPv6 address', ['93.184.216.34', 'fd00::1']],
  ['a mapped metadata service', ['::ffff:169.254.169.254']],
] as const)
  test(`a name with ${what} is refused without a packet`, async (context) => {
    const result = await sender(context, { targets: 'public', resolve: () => Promise.resolve(addresses) })('http://hooks.example/');
    assert.equal(result.kind, 'refused');
  });

test('the connection goes to the address that was checked, whatever the name would say a moment later', async (context) => {
  const url = await serving(context, (request, response) => response.end(request.headers.host));
  const answers = [['127.0.0.1'], ['10.0.0.1']];
  let asked = 0;
  const resolve = () => Promise.resolve(answers[asked++] ?? []);
  const { port } = new URL(url);
  const result = await sender(context, { resolve })(`http://hooks.example:${port}/`);
  assert(result.kind === 'answered');
  assert.deepEqual([result.body, asked], [`hooks.example:${port}`, 1]);
});

test('only http and https are spoken', async (context) => {
  for (const url of ['ftp://example.com/', 'file:///etc/passwd', 'not a url', 'gopher://127.0.0.1:6379/_'])
    assert.equal((await sender(context)(url)).kind, 'refused');
});

test('a redirect is an answer, and is not followed', async (context) => {
  let requests = 0;
  const url = await serving(context, (_request, response) => {
    requests += 1;
    response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
  });
  const result = await sender(context)(url);
  assert(result.kind === 'answered');
  assert.deepEqual([result.status, requests], [302, 1]);
});

test('a header that would be two is refused', async (context) => {
  const result = await sender(context)('http://127.0.0.1:9/', { headers: { 'x-note': 'a\r\nhost: elsewhere' } });
  assert.equal(result.kind, 'refused');
});

test('a server that never answers is given up in time, also when it has begun to', async (context) => {
  const silent = await serving(context, () => undefined);
  const dripping = await serving(context, (_request, response) => void response.writeHead(200).write('a'));
  for (const url of [silent, dripping]) {
    const result = await sender(context)(url, { timeoutMs: 50 });
    assert.deepEqual([result.kind, 'isTimeout' in result && result.isTimeout], ['unreachable', true]);
  }
});

test('a name that nobody answers for is given up in time', async (context) => {
  const resolve = () => new Promise<never>(() => undefined);
  const result = await sender(context, { resolve })('http://hooks.example/', { timeoutMs: 50 });
  assert.deepEqual([result.kind, 'isTimeout' in result && result.isTimeout], ['unreachable', true]);
});

test('an answer without end is read so far and no further', async (context) => {
  const url = await serving(context, (_request, response) => {
    response.writeHead(200);
    const more = (): void => {
      if (response.destroyed) return;
      response.write(Buffer.alloc(16_384, 'a'), () => setImmediate(more));
    };
    more();
  });
  const result = await sender(context)(url);
  assert(result.kind === 'answered');
  assert.equal(result.body.length, LIMITS.webAnswerBytes);
});

test('a server that is not there cannot be reached', async (context) => {
  const server = createTcpServer();
  const address = await listening(context, server);
  server.close();
  await once(server, 'close');
  const result = await sender(context)(`http://${address}/`);
  assert.deepEqual([result.kind, 'isTimeout' in result && result.isTimeout], ['unreachable', false]);
  assert.match(result.kind === 'unreachable' ? result.reason : '', /ECONNREFUSED/);
});

test('a certificate that nobody vouches for is not trusted', async (context) => {
  let requests = 0;
  const server = createSecureServer({ key: KEY, cert: CERTIFICATE }, (_request, response) => {
    requests += 1;
    response.end();
  });
  const { port } = new URL(`https://${await listening(context, server)}`);
  const result = await sender(context)(`https://localhost:${port}/`);
  assert.equal(result.kind, 'unreachable');
  assert.match(result.kind === 'unreachable' ? result.reason : '', /SELF_SIGNED/);
  assert.equal(requests, 0);
});

test('connections are used again, and one that the server closed meanwhile costs no attempt', async (context) => {
  let connections = 0;
  const server = createServer((_request, response) => response.end('ok'));
  server.on('connection', () => (connections += 1));
  const url = `http://${await listening(context, server)}/`;
  const send = sender(context);
  await send(url);
  await send(url);
  assert.equal(connections, 1);
  // Ended without a word, as a server does whose patience is over just when the next request is on its way.
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (connections === 1) request.socket.resetAndDestroy();
    else response.end('ok');
  });
  assert.equal((await send(url)).kind, 'answered');
  assert.equal(connections, 2);
});

test('whoever gives up ends the request', async (context) => {
  const url = await serving(context, () => undefined);
  const ending = new AbortController();
  const result = sender(context)(url, { signal: ending.signal });
  ending.abort();
  assert.equal((await result).kind, 'unreachable');
});
