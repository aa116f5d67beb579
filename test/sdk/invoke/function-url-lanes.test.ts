// The two ways on which a function URL is served, the express lane and Node's server: a caller cannot tell them apart.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';

const ANSWERING = `export const handler = async (event) => {
  if (event.body === 'throw') throw new Error('a secret');
  return event.queryStringParameters?.as === undefined ? event : JSON.parse(event.queryStringParameters.as);
};`;

let platform: RunningPlatform;
let answering: URL;
let switchedOff: URL;

before(async () => {
  platform = await runPlatform();
  const urlOf = async (name: string) => {
    await platform.deploy(name, ANSWERING);
    return new URL(await platform.openUrl(name));
  };
  answering = await urlOf('answering');
  switchedOff = await urlOf('off');
  await platform.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'off', ReservedConcurrentExecutions: 0 }));
});
after(() => platform.close());

interface Call {
  readonly method?: string;
  /** Behind the URL's own path. */
  readonly rest?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

interface Answer {
  readonly status: string;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Buffer;
}

/** One request in one write on a connection that stays open, or on one that ends with the answer, which is Node's to do. */
async function ask(url: URL, { method = 'GET', rest = '', headers = {}, body = Buffer.alloc(0) }: Call, way: 'lane' | 'node') {
  const all = { host: url.host, ...headers, ...(way === 'node' ? { connection: 'close' } : {}) };
  const length = body.length > 0 ? `content-length: ${body.length}\r\n` : '';
  const head = `${method} ${url.pathname}${rest} HTTP/1.1\r\n${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}${length}\r\n`;
  const socket = connect(Number(url.port), url.hostname);
  await once(socket, 'connect');
  socket.write(Buffer.concat([Buffer.from(head, 'latin1'), body]));
  let bytes = Buffer.alloc(0);
  for await (const part of socket) {
    bytes = Buffer.concat([bytes, part as Buffer]);
    const answer = answerIn(bytes, method);
    if (answer !== undefined) return answer;
  }
  throw new Error(`no whole answer in: ${bytes.toString('latin1')}`);
}

/** Undefined while some of it is still to come. */
function answerIn(bytes: Buffer, method: string): Answer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [status = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(line.indexOf(':') + 2)]);
  }
  const body = bytes.subarray(headEnd + 4);
  const length = method === 'HEAD' ? 0 : Number(headers.get('content-length')?.[0] ?? 0);
  return body.length < length ? undefined : { status, headers, body };
}

/** Without what is of this request, this moment or this connection alone. */
function comparable({ status, headers, body }: Answer) {
  const ownHeaders = new Set(['date', 'connection', 'keep-alive', 'x-amzn-requestid']);
  const text = body
    .toString('latin1')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replaceAll(/Root=[^"]+|\d{13}|\d\d\/\w{3}\/\d{4}:[\d:]+ \+0000/g, 'MOMENT');
  const shared = [...headers].filter(([name]) => !ownHeaders.has(name)).map(([name, values]) => `${name}: ${values.join(' | ')}`);
  return { status, headers: new Set(shared), text };
}

async function alike(url: URL, call: Call): Promise<Answer> {
  // The first on any way teaches the lane about its URL.
  await ask(url, { rest: '/?as=1' }, 'node');
  const byLane = await ask(url, call, 'lane');
  const byNode = await ask(url, call, 'node');
  assert.equal(byLane.headers.has('keep-alive'), false, 'Node adds this one, so it was the lane');
  assert.equal(byNode.headers.get('connection')?.[0], 'close', 'it was Node');
  assert.deepEqual(comparable(byLane), comparable(byNode));
  return byLane;
}

const returning = (answer: unknown): Call => ({ rest: `/?as=${encodeURIComponent(JSON.stringify(answer))}` });

const CALLS: Readonly<Record<string, Call>> = {
  'a plain request': {
    rest: '/a%20b/c?x=1&x=2&y',
    headers: { Cookie: 'one=1; two=2', 'User-Agent': 'test', 'X-Own': '"\\ quoted' },
  },
  'text with its body': { method: 'POST', headers: { 'content-type': 'application/json' }, body: Buffer.from('{"n":"ü"}') },
  'bytes with their type': { method: 'PUT', headers: { 'content-type': 'image/png' }, body: Buffer.from([0, 255, 13, 10]) },
  'a large text': { method: 'POST', headers: { 'content-type': 'text/plain' }, body: Buffer.alloc(20_000, 'plain text ') },
  'a trace header': { headers: { 'X-Amzn-Trace-Id': 'Root=1-67891233-abcdef012345678912345678;Sampled=1' } },
  'an answer with everything': returning({
    statusCode: 418,
    headers: { 'X-Own': 'ü', 'content-type': 'text/plain', Date: 'Thu, 01 Jan 1970 00:00:00 GMT' },
    cookies: ['a=1', 'b=2'],
    body: 'tea',
  }),
  'bytes as an answer': returning({ statusCode: 200, body: Buffer.from([0, 255]).toString('base64'), isBase64Encoded: true }),
  'no content': returning({ statusCode: 204 }),
  'an answer that is none': returning({ statusCode: 'x' }),
  'a function that throws': { method: 'POST', headers: { 'content-type': 'text/plain' }, body: Buffer.from('throw') },
  'a HEAD': { method: 'HEAD', ...returning({ statusCode: 200, body: 'hello' }) },
};

for (const [name, call] of Object.entries(CALLS))
  test(`${name} is served alike on both ways`, async () => {
    await alike(answering, call);
  });

test('a function that is switched off is refused alike on both ways', async () => {
  const { status, body } = await alike(switchedOff, {});
  assert.match(status, /^HTTP\/1\.1 429 /);
  assert.equal(body.toString(), '{"Message":"Rate Exceeded."}');
});
