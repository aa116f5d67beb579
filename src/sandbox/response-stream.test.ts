// One streamed response: credit, order, and readers that are slow, gone or lied to.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import * as fc from 'fast-check';

import { LIMITS } from '#kernel';
import { ResponseStream } from './response-stream.ts';

function open() {
  const told: ('gone' | number)[] = [];
  const opened: { contentType: string | undefined; body: Readable }[] = [];
  const stream = new ResponseStream({
    onStream: (response) => void opened.push(response),
    grant: (bytes) => void told.push(bytes),
    tellGone: () => void told.push('gone'),
  });
  return {
    stream,
    told,
    opened,
    begin: (contentType?: string): Readable => {
      assert.equal(stream.begin(contentType), undefined);
      const [response] = opened;
      assert(response !== undefined);
      return response.body;
    },
  };
}

const WINDOW = LIMITS.streamWindowBytes;
const CHUNK = LIMITS.streamChunkBytes;
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

test('a response is opened once, with its type, before its first byte', async () => {
  const { stream, opened, begin } = open();
  assert.equal(stream.hasBegun, false);
  assert.equal(stream.chunk(Buffer.from('early')), 'a chunk of a response that has not begun');
  const body = begin('text/plain');
  assert.equal(opened[0]?.contentType, 'text/plain');
  stream.chunk(Buffer.from('one'));
  const [first] = (await once(body, 'data')) as [Buffer];
  assert.equal(first.toString(), 'one', 'the chunk is there while the response goes on');
  assert.equal(stream.begin(undefined), 'a response that begins twice');
});

test('a type that could not stand in a header is refused', () => {
  for (const wrong of ['a\r\nset-cookie: b', '', 'x'.repeat(257), 'ü', 7, null, ['text/plain']])
    assert.equal(open().stream.begin(wrong), 'a content type that is none', JSON.stringify(wrong));
});

test('a reader that does not read stops the sender at the window', async () => {
  const { stream, told, begin } = open();
  const body = begin();
  for (let sent = 0; sent < WINDOW; sent += CHUNK) assert.equal(stream.chunk(Buffer.alloc(CHUNK)), undefined);
  await turn();
  assert.deepEqual([stream.chunkBytesMax, told], [0, []]);
  assert.equal(stream.chunk(Buffer.alloc(1)), 'a chunk of 1 bytes where 0 are allowed');
  let read = 0;
  body.on('data', (part: Buffer) => (read += part.byteLength));
  await turn();
  assert.equal(read, WINDOW);
  const granted = told.reduce<number>((sum, bytes) => sum + Number(bytes), 0);
  assert(granted <= WINDOW && granted > WINDOW - WINDOW / 4, `what was read is granted again, in quarters: ${granted}`);
  assert.equal(stream.chunkBytesMax, CHUNK);
});

test('chunks of a byte each that wait for a slow reader are kept together', async () => {
  const { stream, begin } = open();
  const body = begin();
  for (let sent = 0; sent < 40_000; sent++) assert.equal(stream.chunk(Buffer.of(sent % 251)), undefined);
  stream.end();
  const parts: Buffer[] = [];
  body.on('data', (part: Buffer) => void parts.push(part));
  await once(body, 'end');
  assert(parts.length <= 4, `${parts.length} pieces`);
  assert.deepEqual(Buffer.concat(parts), Buffer.from(Uint8Array.from({ length: 40_000 }, (_, index) => index % 251)));
});

test('no chunk is empty, larger than a frame may be, or beyond the bound of a response', () => {
  const { stream, begin } = open();
  begin().resume();
  assert.equal(stream.chunk(Buffer.alloc(0)), 'an empty chunk');
  assert.match(stream.chunk(Buffer.alloc(CHUNK + 1)) ?? '', /^a chunk of 65537 bytes where 65536 are allowed$/);
});

test('a response has Lambda’s bound, and a byte more breaks the rules', async () => {
  const { stream, begin } = open();
  begin().resume();
  const chunk = Buffer.alloc(CHUNK);
  for (let sent = 0; sent < LIMITS.streamedResponseBytes; sent += CHUNK) {
    while ((stream.chunkBytesMax ?? 0) < CHUNK) await turn();
    assert.equal(stream.chunk(chunk), undefined);
  }
  await turn();
  assert.match(stream.chunk(Buffer.alloc(1)) ?? '', /^a response of more than 209715200 bytes$/);
});

test('a reader that goes away is told of once, and what was granted is dropped', async () => {
  const { stream, told, begin } = open();
  const body = begin();
  stream.chunk(Buffer.from('one'));
  body.destroy();
  await once(body, 'close');
  assert.deepEqual(told, ['gone']);
  assert.equal(stream.chunk(Buffer.alloc(CHUNK)), undefined, 'it was on its way');
  let more = WINDOW - CHUNK - 3;
  for (; more > CHUNK; more -= CHUNK) stream.chunk(Buffer.alloc(CHUNK));
  assert.match(stream.chunk(Buffer.alloc(CHUNK)) ?? '', /are allowed/, 'nothing is granted again');
  stream.end();
  assert.deepEqual(told, ['gone']);
});

test('the body ends after its last byte, and nobody is told of a reader that leaves then', async () => {
  const { stream, told, begin } = open();
  const body = begin();
  stream.chunk(Buffer.from('last'));
  stream.end();
  stream.end();
  assert.equal(stream.chunk(Buffer.from('x')), 'a chunk of a response that has not begun');
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(part as Buffer);
  assert.equal(Buffer.concat(parts).toString(), 'last');
  assert.deepEqual(told, []);
});

test('an invocation that ends without a response opens none', () => {
  const { stream, opened } = open();
  stream.end();
  assert.deepEqual(opened, []);
  assert.equal(stream.begin(undefined), 'a response that begins twice');
});

test('whatever the sizes and the pace, every byte arrives in its order and the window holds', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.integer({ min: 1, max: CHUNK }), fc.integer({ min: 1, max: 100 })), { maxLength: 40 }),
      fc.infiniteStream(fc.boolean()),
      async (sizes, paces) => {
        const { stream, told, begin } = open();
        const body = begin();
        let credit: number = WINDOW;
        let read = 0;
        let next = 0;
        let sent = 0;
        const take = () => {
          const part = body.read() as Buffer | null;
          for (const byte of part ?? []) assert.equal(byte, read++ % 251);
        };
        for (const size of sizes) {
          while (credit - sent < size) {
            take();
            await turn();
            while (next < told.length) credit += Number(told[next++]);
          }
          const start = sent;
          assert.equal(stream.chunk(Uint8Array.from({ length: size }, (_, index) => (start + index) % 251)), undefined);
          sent += size;
          assert(sent - read <= WINDOW);
          if (paces.next().value) take();
        }
        stream.end();
        for (let before = -1; read > before;) {
          before = read;
          take();
        }
        assert.equal(read, sent);
      },
    ),
    { numRuns: 30 },
  );
});
