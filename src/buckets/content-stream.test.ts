// Large contents on their way out: the right bytes whoever takes them, and neither a file nor a buffer is kept when somebody leaves.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ContentStream, createSpareBuffers, type Piece } from './content-stream.ts';

const BYTES = 3_000_000;
/** More than what the kernel holds for two ends of a connection. */
const MORE_THAN_SOCKETS_HOLD = 16_000_000;

async function files(t: TestContext, length = BYTES) {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-content-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const contents = [randomBytes(length), randomBytes(length)];
  const paths = contents.map((_, index) => join(folder, String(index)));
  for (const [index, content] of contents.entries()) await writeFile(paths[index] ?? '', content);
  const pieces: readonly Piece[] = [
    { start: 10, end: length, path: () => Promise.resolve(paths[0] ?? '') },
    { start: 0, end: length - 10, path: () => Promise.resolve(paths[1] ?? '') },
  ];
  const expected = Buffer.concat([
    contents[0]?.subarray(10) ?? Buffer.alloc(0),
    contents[1]?.subarray(0, length - 10) ?? Buffer.alloc(0),
  ]);
  const openFiles = () =>
    readdirSync('/proc/self/fd').filter((file) => {
      try {
        return readlinkSync(`/proc/self/fd/${file}`).startsWith(folder);
      } catch {
        return false; // The descriptor of this very listing.
      }
    }).length;
  return { pieces, expected, paths, openFiles };
}

/** A server that answers every request with the stream, and says what became of it. */
async function serve(t: TestContext, newStream: () => ContentStream) {
  const sent: Promise<unknown>[] = [];
  const responses: ServerResponse[] = [];
  const server = createServer((_request: IncomingMessage, response: ServerResponse) => {
    responses.push(response);
    sent.push(
      pipeline(newStream(), response).then(
        () => 'sent',
        (error: unknown) => error,
      ),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const receive = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      get({ host: '127.0.0.1', port, agent: false }, resolve).on('error', reject);
    });
  return { receive, sent, responses };
}

const ON_LINUX = { skip: process.platform === 'linux' ? false : 'open files are counted in /proc' };

test('a socket gets the right bytes, also through buffers that were used before', ON_LINUX, async (t) => {
  const { pieces, expected, openFiles } = await files(t);
  const buffers = createSpareBuffers();
  const { receive, sent } = await serve(t, () => new ContentStream(pieces, buffers));
  for (let round = 0; round < 3; round++) {
    const received = await Promise.all([1, 2, 3].map(async () => Buffer.concat(await (await receive()).toArray())));
    for (const bytes of received) assert.ok(bytes.equals(expected));
  }
  assert.deepEqual(new Set(await Promise.all(sent)), new Set(['sent']));
  assert.equal(openFiles(), 0);
});

test('a buffer is not used again before a slow socket has let go of it', async (t) => {
  const { pieces, expected } = await files(t, MORE_THAN_SOCKETS_HOLD);
  const { receive, responses } = await serve(t, () => new ContentStream(pieces, createSpareBuffers()));
  const response = await receive();
  // The client reads nothing until the sockets are full and the server waits with bytes in hand.
  for (let turns = 0; turns < 1000;) {
    await setImmediate();
    turns = (responses[0]?.writableLength ?? 0) > 0 ? turns + 1 : 0;
  }
  assert.ok(Buffer.concat(await response.toArray()).equals(expected));
});

test('whoever keeps the bytes gets memory of its own', async (t) => {
  const { pieces, expected } = await files(t);
  const buffers = createSpareBuffers();
  assert.ok(Buffer.concat(await new ContentStream(pieces, buffers).toArray()).equals(expected));
  const through = new PassThrough({ highWaterMark: 10 * BYTES });
  await pipeline(new ContentStream(pieces, buffers), through);
  assert.ok(Buffer.concat(await through.toArray()).equals(expected));
});

test('a reader that leaves in the middle leaves no file open', ON_LINUX, async (t) => {
  const { pieces, openFiles } = await files(t);
  const closed: Promise<unknown>[] = [];
  const { receive, sent } = await serve(t, () => {
    const stream = new ContentStream(pieces, createSpareBuffers());
    closed.push(new Promise((resolve) => stream.once('close', resolve)));
    return stream;
  });
  const response = await receive();
  await once(response, 'readable');
  response.destroy();
  const ended = (await sent[0]) as NodeJS.ErrnoException;
  assert.equal(ended.code, 'ERR_STREAM_PREMATURE_CLOSE');
  await closed[0];
  assert.equal(openFiles(), 0);
});

test('what is destroyed before anybody reads it lets its file go', ON_LINUX, async (t) => {
  const { pieces, openFiles } = await files(t);
  const stream = await new ContentStream(pieces, createSpareBuffers()).prepare();
  assert.equal(openFiles(), 1);
  stream.destroy();
  await once(stream, 'close');
  assert.equal(openFiles(), 0);
});

test('a file that is missing is known before the answer, and one that is too short cuts it', async (t) => {
  const { pieces, paths } = await files(t);
  const [first, second] = pieces;
  assert.ok(first !== undefined && second !== undefined);
  const missing = { ...first, path: () => Promise.resolve(`${paths[0]}-gone`) };
  await assert.rejects(new ContentStream([missing], createSpareBuffers()).prepare(), { code: 'ENOENT' });
  const { receive, sent } = await serve(t, () => new ContentStream([first, { ...second, end: BYTES + 1 }], createSpareBuffers()));
  await assert.rejects((await receive()).toArray(), { code: 'ECONNRESET' });
  assert.match(String(await sent[0]), /is shorter than the object/);
});
