// The lane's parser beside Node's: whatever the lane accepts, Node must read in the same way, to the last byte.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { array, assert as assertProperty, asyncProperty, constantFrom, double, integer, oneof, string, tuple } from 'fast-check';
import { readWhole } from './whole-request.ts';

interface Reading {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** What Node's server makes of a connection that brings these bytes: all its requests, and whether it refused any. */
async function nodeReads(bytes: Buffer): Promise<{ readonly requests: readonly Reading[]; readonly refused: boolean }> {
  const requests: Promise<Reading>[] = [];
  let refused = false;
  const server = createServer((request, response) => {
    requests.push(
      (async () => {
        const parts: Buffer[] = [];
        for await (const part of request) parts.push(part as Buffer);
        const { method = '', url = '', rawHeaders } = request;
        return { method, target: url, rawHeaders, body: Buffer.concat(parts).toString('latin1') };
      })(),
    );
    response.end();
  });
  server.on('clientError', (_error, socket) => {
    refused = true;
    socket.destroy();
  });
  const connection = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  server.emit('connection', connection);
  const closed = new Promise((resolve) => void connection.once('close', resolve));
  connection.push(bytes);
  connection.push(null);
  await Promise.race([closed, new Promise((resolve) => void setImmediate(() => setImmediate(resolve)))]);
  const settled = await Promise.allSettled(requests);
  connection.destroy();
  return { requests: settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])), refused };
}

const request = (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');

const name = constantFrom(
  'Host',
  'host',
  'Accept',
  'X-A',
  'Content-Length',
  'content-type',
  'Connection',
  'Cookie',
  'Transfer-Encoding',
  'Expect',
  'Upgrade',
  'x_y',
  'x:y',
  'x y',
  '',
);
const value = oneof(
  constantFrom(
    'a',
    '127.0.0.1:4566',
    '0',
    '3',
    '03',
    '+3',
    '3, 3',
    'keep-alive',
    'close',
    'chunked',
    '100-continue',
    '',
    '  spaced\t',
    'a\u000bb',
    'é',
    'a\rb',
    'a\nb',
    'a\u0000b',
  ),
  string({ maxLength: 12 }),
);
const line = tuple(name, constantFrom(':', ': ', ' :', ':\t', ''), value).map((parts) => parts.join(''));
const start = oneof(
  constantFrom(
    'GET / HTTP/1.1',
    'POST /_mayfly/url/x?a=%20b HTTP/1.1',
    'GET  / HTTP/1.1',
    'get / HTTP/1.1',
    'GET / HTTP/1.0',
    'GET http://h/ HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'CONNECT a:1 HTTP/1.1',
    'GET /\u00e9 HTTP/1.1',
    'GET /a#b HTTP/1.1',
    'GET /a b HTTP/1.1',
    'PATCH /{x}|y HTTP/1.1',
  ),
  string({ maxLength: 20 }),
);
const message = tuple(
  start,
  array(line, { maxLength: 6 }),
  constantFrom('\r\n', '\r\n', '\r\n', '\n'),
  constantFrom('', '', 'abc', 'abc\r\n', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
).map(([first, lines, ending, body]) => Buffer.from([first, ...lines, '', body].join(ending), 'latin1'));
/** Lawful ones, which random parts rarely make, with one byte put in, taken out or changed. */
const mutated = tuple(
  constantFrom(
    'GET /a?b=c HTTP/1.1\nHost: h\n\n',
    'POST /a HTTP/1.1\nHost: h\nContent-Length: 3\nConnection: keep-alive\n\nabc',
    'PUT /x HTTP/1.1\nhost:h\nX-Long:  a b \t\nCookie: a=b; c\nCookie: d\n\n',
  ),
  double({ min: 0, max: 1, noNaN: true }),
  constantFrom('insert', 'remove', 'replace', 'keep'),
  integer({ min: 0, max: 255 }),
).map(([text, where, deed, byte]) => {
  const bytes = request(text);
  const at = Math.floor(where * bytes.length);
  if (deed === 'keep') return bytes;
  const added = deed === 'remove' ? [] : [byte];
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(added), bytes.subarray(deed === 'insert' ? at : at + 1)]);
});

describe('a request that came whole', () => {
  it('is read as Node reads it, or left to Node', async () => {
    let accepted = 0;
    await assertProperty(
      asyncProperty(oneof(message, mutated), async (bytes) => {
        const read = readWhole(bytes);
        if (read === undefined) return;
        accepted++;
        const { requests, refused } = await nodeReads(bytes);
        assert.equal(refused, false, 'Node refuses what the lane accepts');
        assert.deepEqual(requests, [
          { method: read.method, target: read.target, rawHeaders: read.rawHeaders, body: read.body.toString('latin1') },
        ]);
      }),
      { numRuns: 4000, seed: 1 },
    );
    assert.ok(accepted > 200, `only ${accepted} were accepted: nothing was compared`);
  });

  it('is accepted with the headers of everyday clients', () => {
    const read = readWhole(
      request(
        'POST /p?q=1 HTTP/1.1\nHost: h:1\nUser-Agent: curl/8.1\nAccept: */*\nX-Amzn-Trace-Id: Root=1-a\nContent-Length: 2\nConnection: keep-alive\n\n{}',
      ),
    );
    assert.deepEqual([read?.host, read?.traceHeader, read?.body.toString()], ['h:1', 'Root=1-a', '{}']);
  });

  for (const [why, text] of [
    ['its body is not there yet', 'POST / HTTP/1.1\nHost: h\nContent-Length: 3\n\nab'],
    ['another request follows', 'GET / HTTP/1.1\nHost: h\n\nGET / HTTP/1.1\nHost: h\n\n'],
    ['its length is said twice', 'POST / HTTP/1.1\nHost: h\nContent-Length: 1\nContent-Length: 1\n\na'],
    ['its length is not written plainly', 'POST / HTTP/1.1\nHost: h\nContent-Length: 01\n\na'],
    ['its body comes in chunks', 'POST / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n0\n\n'],
    ['it waits to be told', 'POST / HTTP/1.1\nHost: h\nExpect: 100-continue\n\n'],
    ['it wants another protocol', 'GET / HTTP/1.1\nHost: h\nConnection: upgrade\nUpgrade: websocket\n\n'],
    ['it has no host', 'GET / HTTP/1.1\nAccept: a\n\n'],
    ['it has two hosts', 'GET / HTTP/1.1\nHost: a\nHost: b\n\n'],
    ['a line is folded', 'GET / HTTP/1.1\nHost: a\n b\n\n'],
    ['it is of another version', 'GET / HTTP/1.0\nHost: a\n\n'],
  ])
    it(`is left to Node where ${why}`, () => assert.equal(readWhole(request(text ?? '')), undefined));

  it('takes linear time, whatever it is', () => {
    const long = `GET / HTTP/1.1\r\nHost: h\r\n${`a:${' '.repeat(500)}\r\n`.repeat(25)}`;
    // A refusal at the very end is the worst case of a backtracking expression; quadratic time would be felt as a hang.
    for (let round = 0; round < 200; round++) assert.equal(readWhole(Buffer.from(`${long}\u0001: x\r\n\r\n`)), undefined);
  });
});
