// Handlers that stream, in real sandboxes: what they write comes as they write it, as fast as it is read, and nobody can be flooded with it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';

import { LIMITS } from '#kernel';
import type { Outcome, OutputLine, Sandbox, SandboxInvocation, StreamedResponse } from '#sandbox';
import { levels } from './support/levels.ts';
import { describeOutcome, errorOf, invocation, openHouse, valueOf } from './support/real-house.ts';
import type { House } from './support/real-house.ts';
import { startFunction } from './support/running.ts';

const WINDOW = LIMITS.streamWindowBytes;

/** A response that has begun, and the outcome that it will have. */
interface Streamed extends StreamedResponse {
  readonly outcome: Promise<Outcome>;
}

async function stream(sandbox: Sandbox, event: unknown = {}, changes: Partial<SandboxInvocation> = {}): Promise<Streamed> {
  const { promise, resolve } = Promise.withResolvers<StreamedResponse>();
  const outcome = sandbox.invoke(invocation(event, { ...changes, onStream: resolve }));
  const ended = outcome.then((early) => {
    throw new Error(`ended before its response began: ${describeOutcome(early)}`);
  });
  return { ...(await Promise.race([promise, ended])), outcome };
}

const streaming = (body: string, more = '') =>
  `const { pipeline } = require('node:stream/promises'); const { once } = require('node:events'); const { Readable } = require('node:stream');
   ${more}; exports.handler = awslambda.streamifyResponse(async (event, stream, context) => { ${body} })`;

/** Builds frames as an agent would. */
const FORGE = `const fs = require('fs'); const frame = (kind, head, payload = '') => { const h = Buffer.from(JSON.stringify(head)); const p = Buffer.from(payload); const b = Buffer.alloc(9); b.writeUInt32LE(5 + h.length + p.length, 0); b[4] = kind; b.writeUInt32LE(h.length, 5); return Buffer.concat([b, h, p]) }; const send = (...frames) => fs.writeSync(3, Buffer.concat(frames)); const forever = () => new Promise((r) => setTimeout(r, 60000))`;

for (const { level, skip } of await levels()) {
  describe(`a streamed response at level ${level}`, { skip }, () => {
    let house: House;
    before(async () => {
      house = await openHouse(level);
    });
    after(() => house[Symbol.asyncDispose]());

    const start = (body: string, more = '') => startFunction(house, { 'index.js': streaming(body, more) });

    it('begins before its function ends, which waits until it is read', async () => {
      await using running = await start(
        `stream.setContentType('text/plain'); stream.write('first'); stream.write(Buffer.alloc(${2 * WINDOW})); stream.end('last')`,
      );
      const { contentType, body, outcome } = await stream(running.sandbox);
      assert.equal(contentType, 'text/plain');
      await once(body, 'readable');
      assert.equal((body.read(5) as Buffer).toString(), 'first');
      // What is still unread is more than the window holds, so the function cannot have ended.
      const rest = await buffer(body);
      assert.equal(rest.byteLength, 2 * WINDOW + 4);
      assert.deepEqual(await outcome.then(({ kind }) => kind), 'returned');
    });

    it('is whole and in order, whatever the sizes of its pieces', async () => {
      await using running = await start(
        `const { createHash } = require('crypto'); const hash = createHash('sha256'); let left = 20 << 20; let n = 1;
         while (left > 0) { const size = Math.min(left, 1 + (n = (n * 48271) % 2147483647) % 200000); left -= size; const part = Buffer.alloc(size, n % 251); hash.update(part); if (!stream.write(part)) await once(stream, 'drain') }
         stream.end(); console.log(hash.digest('hex'))`,
      );
      const { body, outcome } = await stream(running.sandbox);
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const part of body) {
        bytes += (part as Buffer).byteLength;
        hash.update(part as Buffer);
      }
      assert.equal((await outcome).kind, 'returned');
      assert.equal(bytes, 20 << 20);
      assert.match(running.lines.map((line) => line.text).join('\n'), new RegExp(hash.digest('hex')));
    });

    it('stops its function while nobody reads: write says no, and drain follows', async () => {
      await using running = await start(
        `let accepted = 0; const part = Buffer.alloc(10000);
         while (stream.write(part)) { accepted += part.length; await new Promise(setImmediate) }
         console.log('stopped at ' + accepted); await once(stream, 'drain'); console.log('drained'); stream.end()`,
      );
      const seen = lineWatch(running.sandbox);
      const { body, outcome } = await stream(running.sandbox);
      const stopped = await seen(/stopped at (\d+)/);
      // What the window holds, and what the stream itself keeps before it says no.
      const accepted = Number(stopped[1]);
      assert(accepted >= WINDOW - 10_000 && accepted <= WINDOW + 64 * 1024 + 10_000, `${accepted} bytes were accepted`);
      body.resume();
      await seen(/drained/);
      assert.equal((await outcome).kind, 'returned');
    });

    it('takes pipelines, text, objects, and a prelude that comes first', async () => {
      await using running = await start(
        `const http = awslambda.HttpResponseStream.from(stream, { statusCode: 201, cookies: ['a=1'] }); http.write({ n: 1 }); await pipeline(Readable.from(['ü', Buffer.from('!')]), http)`,
      );
      const { contentType, body, outcome } = await stream(running.sandbox);
      assert.equal(contentType, 'application/vnd.awslambda.http-integration-response');
      assert.equal(await text(body), '{"statusCode":201,"cookies":["a=1"]}\0\0\0\0\0\0\0\0{"n":1}ü!');
      assert.equal((await outcome).kind, 'returned');
    });

    it('may be nothing but its prelude', async () => {
      await using running = await start(`awslambda.HttpResponseStream.from(stream, { statusCode: 204 }).end()`);
      const { body } = await stream(running.sandbox);
      assert.equal(await text(body), '{"statusCode":204}\0\0\0\0\0\0\0\0');
    });

    it('tells its function when nobody reads any more, and its invocation still ends', async () => {
      await using running = await start(
        `if (event.again) return stream.end('again');
         stream.on('error', (error) => console.log('heard ' + error.name + ' ' + error.code)); stream.write('first');
         const closed = once(stream, 'close'); while (!stream.destroyed) { if (!stream.write(Buffer.alloc(10000))) await Promise.race([once(stream, 'drain').catch(() => {}), closed.catch(() => {})]) }
         console.log('cleaned up')`,
      );
      const { body, outcome } = await stream(running.sandbox);
      await once(body, 'readable');
      body.destroy();
      assert.deepEqual(await outcome, { ...(await outcome), kind: 'returned', payload: Buffer.alloc(0) });
      const printed = running.lines.map((line) => line.text).join('\n');
      assert.match(printed, /heard Runtime\.ClientGone ECONNRESET[^]*cleaned up/);
      const next = await stream(running.sandbox, { again: true });
      assert.equal(await text(next.body), 'again', 'the instance serves on');
    });

    it('fails a pipeline whose reader is gone', async () => {
      await using running = await start(
        `await pipeline(async function* () { for (;;) yield Buffer.alloc(1000) }, stream).catch((error) => { throw Object.assign(new Error('told: ' + error.name), { name: 'Told' }) })`,
      );
      const { body, outcome } = await stream(running.sandbox);
      await once(body, 'readable');
      body.destroy();
      assert.equal(errorOf(await outcome).errorMessage, 'told: Runtime.ClientGone');
    });

    it('ends early where the function fails in the middle, and the outcome says so', async () => {
      await using running = await start(`stream.write('half'); throw new TypeError('broken')`);
      const { body, outcome } = await stream(running.sandbox);
      assert.equal(await text(body), 'half');
      assert.deepEqual([errorOf(await outcome).errorType, errorOf(await outcome).errorMessage], ['TypeError', 'broken']);
    });

    it('is unfinished where the handler returns without an end', async () => {
      await using running = await start(`stream.write('half')`);
      const { body, outcome } = await stream(running.sandbox);
      assert.equal(await text(body), 'half');
      assert.equal(errorOf(await outcome).errorMessage, 'Response stream is not finished.');
    });

    it('is not awaited for a handler that has ended it and never returns', async () => {
      await using running = await start(`stream.end('all'); await new Promise(() => {})`);
      const { body, outcome } = await stream(running.sandbox);
      assert.equal(await text(body), 'all');
      assert.equal(errorOf(await outcome).errorType, 'Runtime.NodeJsExit');
    });

    it('that nobody reads keeps its function waiting until it is timed out', async () => {
      await using running = await start(`stream.write(Buffer.alloc(${2 * WINDOW})); stream.end()`);
      const { body, outcome } = await stream(running.sandbox, {}, { timeoutMs: 300 });
      assert.equal((await outcome).kind, 'timedOut');
      await running.sandbox.gone;
      assert((await buffer(body)).byteLength <= WINDOW);
    });

    it('that never ends is timed out, and what came of it can be read', async () => {
      await using running = await start(`stream.write('first'); setInterval(() => {}, 1000); await new Promise(() => {})`);
      const { body, outcome } = await stream(running.sandbox, {}, { timeoutMs: 300 });
      assert.equal(await text(body), 'first');
      assert.equal((await outcome).kind, 'timedOut');
    });

    it('ends with the process of its function', async () => {
      await using running = await start(
        `stream.write('first'); setTimeout(() => process.exit(3), 20); await new Promise(() => {})`,
      );
      const { body, outcome } = await stream(running.sandbox);
      assert.equal(await text(body), 'first');
      assert.equal((await outcome).kind, 'crashed');
    });

    it('cannot have its type changed once it has begun', async () => {
      await using running = await start(`stream.write('first'); stream.setContentType('text/html')`);
      const { body, outcome } = await stream(running.sandbox);
      body.resume();
      assert.equal(errorOf(await outcome).errorType, 'Runtime.InvalidStreamingOperation');
    });

    it('takes no type that could not stand in a header, and says so to its function alone', async () => {
      await using running = await start(
        `const refused = ['', 'a\\r\\nb: c', 'ü', 7, 'x'.repeat(257)].filter((type) => { try { stream.setContentType(type); return false } catch (error) { return error.name === 'Runtime.InvalidStreamingOperation' } }); stream.end(String(refused.length))`,
      );
      const { contentType, body } = await stream(running.sandbox);
      assert.deepEqual([contentType, await text(body)], [undefined, '5']);
    });

    it('has a pace of its own where several run at once', async () => {
      const source = streaming(`stream.write(event.name); stream.write(Buffer.alloc(${2 * WINDOW})); stream.end(event.name)`);
      await using running = await startFunction(house, { 'index.js': source }, { concurrency: 2 });
      const slow = await stream(running.sandbox, { name: 'slow' });
      const fast = await stream(running.sandbox, { name: 'fast' });
      const whole = await buffer(fast.body);
      assert.deepEqual([whole.byteLength, whole.toString('latin1', whole.byteLength - 4)], [2 * WINDOW + 8, 'fast']);
      assert.equal((await fast.outcome).kind, 'returned');
      // The other one has not been read from yet, and is still under way.
      const rest = await buffer(slow.body);
      assert.deepEqual([rest.byteLength, rest.toString('latin1', 0, 4)], [2 * WINDOW + 8, 'slow']);
      assert.equal((await slow.outcome).kind, 'returned');
    });

    it('may be one that was sent ahead', async () => {
      await using running = await start(`stream.end(event.name)`);
      const [first, second] = await Promise.all([
        stream(running.sandbox, { name: 'first' }).then(({ body }) => text(body)),
        stream(running.sandbox, { name: 'second' }).then(({ body }) => text(body)),
      ]);
      assert.deepEqual([first, second], ['first', 'second']);
    });

    it('has Lambda’s bound', async () => {
      await using running = await start(
        `const part = Buffer.alloc(1 << 20); for (;;) if (!stream.write(part)) await once(stream, 'drain')`,
      );
      const { body, outcome } = await stream(running.sandbox, {}, { timeoutMs: 60_000 });
      let bytes = 0;
      for await (const part of body) bytes += (part as Buffer).byteLength;
      const ended = await outcome;
      assert.equal(ended.kind, 'tooLarge');
      assert(bytes <= LIMITS.streamedResponseBytes && bytes > LIMITS.streamedResponseBytes - (1 << 20), `${bytes} came`);
    });

    it('is collected for whoever does not take it as it comes, up to what an answer may have', async () => {
      await using running = await start(
        `if (event.large) for (;;) if (!stream.write(Buffer.alloc(1 << 20))) await once(stream, 'drain'); stream.write('"a'); stream.end('b"')`,
      );
      assert.equal(valueOf(await running.sandbox.invoke(invocation())), 'ab');
      assert.equal((await running.sandbox.invoke(invocation({ large: true }))).kind, 'tooLarge');
    });

    it('is not begun by a handler that answers as ever', async () => {
      await using running = await startFunction(house, { 'index.js': 'exports.handler = async () => 1' });
      const onStream = () => assert.fail('nothing is streamed');
      assert.equal(valueOf(await running.sandbox.invoke(invocation({}, { onStream }))), 1);
    });

    it('needs an asynchronous handler', async () => {
      await using running = await startFunction(house, {
        'index.js': 'exports.handler = awslambda.streamifyResponse((event, stream) => { stream.end("x") })',
      });
      const outcome = await running.sandbox.invoke(invocation({}, { onStream: ({ body }) => void body.resume() }));
      assert.equal(errorOf(outcome).errorMessage, 'Streaming does not support non-async handlers.');
    });

    const ATTACKS: Record<string, [string, RegExp]> = {
      'a chunk before the beginning': [`send(frame(73, { nonce: '0'.repeat(32) }, 'x'))`, /kind 73 that nobody waits for/],
      'a beginning with a guessed nonce': [`send(frame(72, { nonce: '0'.repeat(32) }))`, /nobody asked to be streamed/],
      'a beginning without a nonce': [`send(frame(72, {}))`, /nobody asked to be streamed/],
      'a chunk with a guessed nonce': [
        `stream.write('x'); send(frame(73, { nonce: '0'.repeat(32) }, 'y'))`,
        /nobody asked to be streamed/,
      ],
      'a chunk larger than a frame may be': [
        `stream.write('x'); send(frame(73, { nonce: '0'.repeat(32) }, Buffer.alloc(65537)).subarray(0, 100))`,
        /a payload of 65537 bytes where 65536 are allowed/,
      ],
      'a payload in a beginning': [`send(frame(72, { nonce: '0'.repeat(32) }, 'x'))`, /a payload of 1 bytes where 0 are allowed/],
    };
    for (const [name, [attack, detail]] of Object.entries(ATTACKS))
      it(`ends a sandbox that sends ${name}`, async () => {
        await using running = await start(`${attack}; await forever()`, FORGE);
        const outcome = await running.sandbox.invoke(invocation({}, { onStream: ({ body }) => void body.resume() }));
        assert(outcome.kind === 'crashed', describeOutcome(outcome));
        assert.match(outcome.detail, detail);
      });

    it('is ended with its sandbox where more comes than there was credit for', async () => {
      // A buffer that is small while the agent counts its credit, and large when the agent sends it: the nonce is the right one.
      const lie = `const lying = Buffer.alloc(60000); Object.defineProperty(lying, 'byteLength', { get: () => (new Error().stack.includes('frames.cjs') ? 60000 : 500) })`;
      await using running = await start(
        `stream.write(Buffer.alloc(${WINDOW - 1000})); ${lie}; stream.write(lying); stream.end(); await forever()`,
        FORGE,
      );
      const { body, outcome } = await stream(running.sandbox);
      const ended = await outcome;
      assert(ended.kind === 'crashed', describeOutcome(ended));
      assert.match(ended.detail, /a payload of 60000 bytes where 1000 are allowed/);
      assert.equal((await buffer(body)).byteLength, WINDOW - 1000);
    });

    it('is no place for frames where nobody asked for it', async () => {
      await using running = await start(`send(frame(72, { nonce: '0'.repeat(32) })); await forever()`, FORGE);
      const outcome = await running.sandbox.invoke(invocation());
      assert(outcome.kind === 'crashed' && /nobody/.test(outcome.detail), describeOutcome(outcome));
    });
  });
}

/** Resolves with the first line that matches; lines that came before count. */
function lineWatch(sandbox: Sandbox): (pattern: RegExp) => Promise<RegExpExecArray> {
  const lines: string[] = [];
  let look = () => {};
  sandbox.onOutput((more: readonly OutputLine[]) => {
    lines.push(...more.map((line) => line.text));
    look();
  });
  return (pattern) =>
    new Promise((resolve) => {
      look = () => {
        for (const line of lines) {
          const match = pattern.exec(line);
          if (match !== null) resolve(match);
        }
      };
      look();
    });
}
