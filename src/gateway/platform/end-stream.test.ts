// The stream of ends: bounded in followers, and ended by the gateway's close without a line lost or an error thrown.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { LIMITS } from '#kernel';
import { EndStreams } from './end-stream.ts';
import type { EndedExecution } from './end-stream.ts';

const END: EndedExecution = { executionArn: 'arn', status: 'SUCCEEDED', startedAtMs: 1, endedAtMs: 2, output: '{}' };

async function house(context: TestContext) {
  const followers = new Set<(end: EndedExecution) => void>();
  const streams = new EndStreams((follower) => {
    followers.add(follower);
    return () => void followers.delete(follower);
  });
  const closing = new AbortController();
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    streams,
    closing,
    followers,
    tell: () => {
      for (const follower of followers) follower(END);
    },
    connect: async (): Promise<{ readonly response: ServerResponse; readonly answer: Promise<IncomingMessage> }> => {
      const asked = once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
      const answer = new Promise<IncomingMessage>((resolve, reject) => {
        get({ port, host: '127.0.0.1', agent: false }, resolve).on('error', reject);
      });
      const [, response] = await asked;
      return { response, answer };
    },
  };
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of answer.setEncoding('utf8')) text += String(part);
  return text;
}

test('what was told before the gateway closes arrives, and what is told after that is nobody’s', async (context) => {
  const { streams, closing, followers, tell, connect } = await house(context);
  const { response, answer } = await connect();
  streams.open(response, closing.signal);
  const told = [...followers];
  tell();
  closing.abort();
  // The notice that was on its way: a write to an answer that has ended would be an error that nobody hears.
  for (const follower of told) follower(END);
  assert.equal(await textOf(await answer), `${JSON.stringify(END)}\n`);
  assert.equal(followers.size, 0);
});

test('so many may follow, and one that leaves makes room', async (context) => {
  const { streams, closing, followers, connect } = await house(context);
  const first = await connect();
  streams.open(first.response, closing.signal);
  for (let index = 1; index < LIMITS.executionFollowers; index++) streams.open((await connect()).response, closing.signal);
  const late = await connect();
  assert.throws(() => streams.open(late.response, closing.signal), { code: 'TooManyRequestsException' });
  const gone = once(first.response, 'close');
  (await first.answer).destroy();
  await gone;
  assert.equal(followers.size, LIMITS.executionFollowers - 1);
  streams.open(late.response, closing.signal);
  assert.equal(followers.size, LIMITS.executionFollowers);
});
