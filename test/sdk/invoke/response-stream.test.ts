// Streamed responses through the SDK and over plain HTTP, on the real platform: they come while the function runs, at their reader's pace.
// A function that must not end before it was heard waits for a file that the test puts into a bucket.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { InvokeWithResponseStreamCommand, UpdateFunctionUrlConfigCommand } from '@aws-sdk/client-lambda';
import type { InvokeWithResponseStreamCommandInput } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { REGION, ROOT, runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';

let platform: RunningPlatform;
let s3: S3Client;

const BUCKET = 'signals';

/** What every function here begins with: a file of the bucket as a signal, in both directions. */
const SIGNALS = `
  import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
  import { once } from 'node:events';
  import { Readable } from 'node:stream';
  import { pipeline } from 'node:stream/promises';
  const s3 = new S3Client({ forcePathStyle: true });
  const given = async (Key) => { for (;;) try { return await s3.send(new GetObjectCommand({ Bucket: '${BUCKET}', Key })); } catch (error) { if (error.name !== 'NoSuchKey') throw error; } };
  const give = (Key, Body = '') => s3.send(new PutObjectCommand({ Bucket: '${BUCKET}', Key, Body: String(Body) }));
`;

const streaming = (body: string) =>
  `${SIGNALS} export const handler = awslambda.streamifyResponse(async (event, stream, context) => { ${body} });`;

before(async () => {
  platform = await runPlatform();
  s3 = new S3Client({ endpoint: platform.endpoint, region: REGION, credentials: ROOT, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
});
after(async () => {
  s3.destroy();
  await platform.close();
});

const give = (Key: string) => s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: '' }));

/** What a function has left in the bucket under this name, once it is there. */
async function given(Key: string): Promise<string> {
  for (;;)
    try {
      return (await (await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }))).Body?.transformToString()) ?? '';
    } catch (error) {
      if ((error as Error).name !== 'NoSuchKey') throw error;
    }
}

/** The events of one streamed invocation, one at a time. */
async function open(FunctionName: string, event: unknown = {}, more: Partial<InvokeWithResponseStreamCommandInput> = {}) {
  const output = await platform.lambda.send(
    new InvokeWithResponseStreamCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)), ...more }),
  );
  assert(output.EventStream !== undefined);
  const events = output.EventStream[Symbol.asyncIterator]();
  return {
    ...output,
    async next() {
      const { value } = await events.next();
      return value?.PayloadChunk === undefined
        ? { complete: value?.InvokeComplete }
        : { chunk: Buffer.from(value.PayloadChunk.Payload ?? []).toString('latin1') };
    },
    async rest() {
      let body = '';
      for (;;) {
        const { chunk, complete } = await this.next();
        if (chunk === undefined) return { body, complete };
        body += chunk;
      }
    },
  };
}

/** A request on a connection of its own; resolves with the head. */
async function get(url: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<IncomingMessage> {
  const request = httpRequest(url, { ...options, agent: false }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

async function openUrl(name: string, source: string, more: Parameters<RunningPlatform['deploy']>[2] = {}): Promise<string> {
  await platform.deploy(name, source, more);
  return platform.openUrl(name, { InvokeMode: 'RESPONSE_STREAM' });
}

test('the first chunk comes before the function ends', async () => {
  await platform.deploy(
    'early',
    streaming(`stream.write('first'); await given('early-goes-on'); stream.end('last'); console.log('printed')`),
    { Timeout: 60 },
  );
  const stream = await open('early', {}, { LogType: 'Tail' });
  assert.deepEqual([stream.StatusCode, stream.ExecutedVersion], [200, '$LATEST']);
  assert.deepEqual(await stream.next(), { chunk: 'first' });
  // Only now can the function go on.
  await give('early-goes-on');
  const { body, complete } = await stream.rest();
  assert.equal(body, 'last');
  assert.equal(complete?.ErrorCode, undefined);
  const log = Buffer.from(complete?.LogResult ?? '', 'base64').toString();
  assert.match(log, /printed[^]*END RequestId: [^]*REPORT RequestId: .*Billed Duration/);
});

test('a function that does not stream answers as well, and so does one that fails', async () => {
  await platform.deploy(
    'plain',
    `export const handler = async (event) => { if (event.fail) throw new TypeError('no'); return event; };`,
  );
  const whole = await (await open('plain', { n: 1 })).rest();
  assert.deepEqual([whole.body, whole.complete], ['{"n":1}', {}]);
  const failed = await (await open('plain', { fail: true })).rest();
  assert.equal(failed.body, '');
  assert.equal(failed.complete?.ErrorCode, 'TypeError');
  assert.equal((JSON.parse(failed.complete?.ErrorDetails ?? '') as { errorMessage: string }).errorMessage, 'no');
  await assert.rejects(open('nobody'), { name: 'ResourceNotFoundException' });
});

test('twenty megabytes arrive as they were sent', async () => {
  await platform.deploy(
    'large',
    `import { createHash } from 'node:crypto'; ${streaming(
      `const hash = createHash('sha256'); async function* parts() { for (let n = 0; n < 2000; n++) { const part = Buffer.alloc(10486, n % 251); hash.update(part); yield part } }
       await pipeline(parts, stream); await give('hash-' + event.name, hash.digest('hex'))`,
    )}`,
    { Timeout: 60, MemorySize: 512 },
  );
  const url = await platform.openUrl('large', { InvokeMode: 'RESPONSE_STREAM' });
  const { body, complete } = await (await open('large', { name: 'sdk' })).rest();
  assert.deepEqual(complete, {});
  assert.equal(body.length, 20_972_000);
  assert.equal(createHash('sha256').update(body, 'latin1').digest('hex'), await given('hash-sdk'));
  const hash = createHash('sha256');
  for await (const part of await get(url)) hash.update(part as Buffer);
  assert.equal(hash.digest('hex'), await given('hash-undefined'));
});

test('an error in the middle is told after what came before it', async () => {
  await platform.deploy('breaks', streaming(`stream.write('half'); throw new RangeError('broken')`));
  const { body, complete } = await (await open('breaks')).rest();
  assert.equal(body, 'half');
  assert.equal(complete?.ErrorCode, 'RangeError');
});

test('a function that does not end in time is ended, and its reader is told', async () => {
  await platform.deploy('endless', streaming(`stream.write('half'); setInterval(() => {}, 1000); await new Promise(() => {})`), {
    Timeout: 1,
  });
  const { body, complete } = await (await open('endless')).rest();
  assert.equal(body, 'half');
  assert.deepEqual([complete?.ErrorCode, /timed out/.test(complete?.ErrorDetails ?? '')], ['Sandbox.Timedout', true]);
  const url = await platform.openUrl('endless', { InvokeMode: 'RESPONSE_STREAM' });
  const response = await get(url);
  let read = '';
  await assert.rejects(
    async () => {
      for await (const part of response) read += String(part);
    },
    { code: 'ECONNRESET' },
    'an answer that is not whole does not look as if it were',
  );
  assert.equal(read, 'half');
});

test('a URL that streams sends its head and first byte before the function ends', async () => {
  const url = await openUrl(
    'page',
    streaming(
      `const http = awslambda.HttpResponseStream.from(stream, { statusCode: 203, headers: { 'Content-Type': 'text/html', 'X-Own': 'ü' }, cookies: ['a=1; HttpOnly', 'b=2'] });
       http.write('first '); await given('page-goes-on'); http.end('last')`,
    ),
    { Timeout: 60 },
  );
  const response = await get(url);
  const { statusCode, headers } = response;
  assert.equal(statusCode, 203);
  assert.deepEqual(
    [headers['content-type'], headers['x-own'], headers['set-cookie'], headers['transfer-encoding'], headers['content-length']],
    ['text/html', 'ü', ['a=1; HttpOnly', 'b=2'], 'chunked', undefined],
  );
  assert.match(String(headers['x-amzn-requestid']), /^[0-9a-f-]{36}$/);
  assert.match(String(headers['x-amzn-trace-id']), /^Root=1-/);
  const [first] = (await once(response, 'data')) as [Buffer];
  assert.equal(String(first), 'first ');
  await give('page-goes-on');
  assert.equal(await text(response), 'last');
});

test('without a prelude a streamed answer is bytes of a type that nobody knows, or that the handler named', async () => {
  const url = await openUrl(
    'bytes',
    streaming(`if (event.rawPath === '/typed') stream.setContentType('text/plain'); stream.end('{"statusCode":500}')`),
  );
  const response = await get(url);
  assert.deepEqual([response.statusCode, response.headers['content-type']], [200, 'application/octet-stream']);
  assert.equal(await text(response), '{"statusCode":500}');
  assert.equal((await get(`${url}/typed`)).headers['content-type'], 'text/plain');
});

test('HEAD has the head alone', async () => {
  const url = await openUrl(
    'head',
    streaming(`awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { 'x-a': '1' } }).end('body')`),
  );
  const response = await get(url, { method: 'HEAD' });
  assert.deepEqual([response.statusCode, response.headers['x-a'], await text(response)], [201, '1', '']);
});

test('a handler that does not stream is answered as a whole, whatever it looks like; one that fails is 502', async () => {
  const url = await openUrl(
    'returns',
    `export const handler = async (event) => { if (event.rawPath === '/fail') throw new Error('a secret'); return { statusCode: 418, body: 'tea' }; };`,
  );
  const response = await get(url);
  assert.deepEqual([response.statusCode, response.headers['content-type']], [200, 'application/json']);
  assert.equal(await text(response), '{"statusCode":418,"body":"tea"}');
  const failed = await get(`${url}/fail`);
  assert.deepEqual([failed.statusCode, await text(failed)], [502, '{"Message":"Internal Server Error"}']);
});

test('a handler that streams is collected by Invoke and by URLs that buffer, up to six megabytes', async () => {
  const url = await openUrl(
    'collected',
    streaming(
      `if (event.large || event.rawPath === '/large') { for (let n = 0; n < 7; n++) stream.write(Buffer.alloc(1 << 20)); stream.end(); return }
       if (event.rawPath) { awslambda.HttpResponseStream.from(stream, { statusCode: 201, cookies: ['a=1'] }).end('page'); return } stream.write('{"n":'); stream.end('1}')`,
    ),
  );
  await platform.lambda.send(new UpdateFunctionUrlConfigCommand({ FunctionName: 'collected', InvokeMode: 'BUFFERED' }));
  assert.deepEqual((await platform.invoke('collected')).document, { n: 1 });
  const large = await platform.invoke('collected', { large: true });
  assert.equal((large.document as { errorType: string }).errorType, 'Function.ResponseSizeTooLarge');
  const page = await get(url);
  assert.deepEqual(
    [page.statusCode, page.headers['set-cookie'], page.headers['content-length'], await text(page)],
    [201, ['a=1'], '4', 'page'],
  );
  assert.equal((await get(`${url}/large`)).statusCode, 502);
});

test('a caller that does not read stops the function', async () => {
  const url = await openUrl(
    'stopped',
    streaming(
      `const part = Buffer.alloc(10_000); let accepted = 0;
       while (stream.write(part)) { accepted += part.length; await new Promise(setImmediate) }
       const drained = once(stream, 'drain'); await give('accepted', accepted); await drained; await give('drained'); stream.end()`,
    ),
    { Timeout: 60 },
  );
  const { port, hostname, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.pause();
  socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`);
  // It comes to a stop at all; without a pace it would go on until its memory or its time is over.
  assert(Number(await given('accepted')) > 0);
  socket.resume();
  await given('drained');
  await once(socket, 'close');
});

test('a caller that goes away is told to the function, which may clear up and end', async () => {
  const source = streaming(
    `stream.on('error', (error) => void give('told-' + (event.rawPath ?? ''), error.name)); stream.write('first');
     await once(stream, 'close').catch(() => {}); await give('ended-' + (event.rawPath ?? ''))`,
  );
  const url = await openUrl('left', source, { Timeout: 60 });
  const response = await get(url);
  await once(response, 'data');
  response.destroy();
  assert.equal(await given('told-/'), 'Runtime.ClientGone');
  await given('ended-/');
  const abort = new AbortController();
  const output = await platform.lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: 'left' }), {
    abortSignal: abort.signal,
  });
  const events = output.EventStream?.[Symbol.asyncIterator]();
  await events?.next();
  await events?.return?.();
  abort.abort();
  assert.equal(await given('told-'), 'Runtime.ClientGone');
  await given('ended-');
});
