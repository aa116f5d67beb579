// A platform that closes under load: what runs is finished, what comes is told to come again, and no connection is reset.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { REGION, ROOT, runPlatform } from '../../support/running-platform.ts';

const CONNECTIONS = 24;

interface Ended {
  readonly answered: number;
  /** How the last request was told that it is to be sent again. */
  readonly refusal: 'Service Unavailable' | 'ECONNREFUSED';
}

/** One keep-alive connection at a time, one request after another, until one is refused. Anything else than an answer or a refusal rejects. */
async function keepAsking(url: string, body: string, onAnswer: () => void): Promise<Ended> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (let answered = 0; ; answered++) {
      const answer = await ask(url, body, agent);
      if (answer.kind === 'refused') return { answered, refusal: answer.refusal };
      onAnswer();
    }
  } finally {
    agent.destroy();
  }
}

async function ask(
  url: string,
  body: string,
  agent: Agent,
): Promise<{ readonly kind: 'answered' } | { readonly kind: 'refused'; readonly refusal: Ended['refusal'] }> {
  const request = httpRequest(url, { method: 'POST', agent, headers: { 'content-type': 'text/plain' } }).end(body);
  let response: IncomingMessage;
  try {
    [response] = (await once(request, 'response')) as [IncomingMessage];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return { kind: 'refused', refusal: 'ECONNREFUSED' };
    throw error;
  }
  const answer = await text(response);
  if (response.statusCode === 200) {
    assert.equal(answer, `"${body.length}"`, 'the answer is the one to this request');
    return { kind: 'answered' };
  }
  assert.deepEqual([response.statusCode, answer], [503, '{"Message":"Service Unavailable"}']);
  assert.deepEqual([response.headers['retry-after'], response.headers.connection], ['1', 'close']);
  return { kind: 'refused', refusal: 'Service Unavailable' };
}

/** Closed by the test, or after it where it did not come to that. */
async function openPlatform(t: TestContext) {
  const platform = await runPlatform();
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= platform.close());
  t.after(close);
  return { ...platform, close };
}

test('under load, every request is answered or told to come again', async (t) => {
  const platform = await openPlatform(t);
  await platform.deploy('measure', 'export const handler = async (event) => String(event.body?.length ?? 0);', {});
  const url = await platform.openUrl('measure');
  // A body that is read in pieces, and one that comes with its head.
  const bodies = ['x'.repeat(10), 'y'.repeat(100_000)];
  let answered = 0;
  const warm = Promise.withResolvers<void>();
  const asking = Array.from({ length: CONNECTIONS }, (_, index) =>
    keepAsking(url, bodies[index % bodies.length] ?? '', () => {
      answered += 1;
      if (answered === 10 * CONNECTIONS) warm.resolve();
    }),
  );
  await Promise.race([warm.promise, Promise.all(asking)]);
  await platform.close();
  const ended = await Promise.all(asking);
  assert(
    ended.some(({ refusal }) => refusal === 'Service Unavailable'),
    JSON.stringify(ended),
  );
});

test('what runs is finished within the window; the SDK is told in its own words, and idle connections end without a word', async (t) => {
  const platform = await openPlatform(t);
  const source = `export const handler = awslambda.streamifyResponse(async (event, stream) => { stream.write('first'); await new Promise((r) => setTimeout(r, 400)); stream.end('last') })`;
  await platform.deploy('slow', source, { Timeout: 30 });
  const url = await platform.openUrl('slow', { InvokeMode: 'RESPONSE_STREAM' });
  const idle = new Agent({ keepAlive: true });
  const first = httpRequest(`${platform.endpoint}/_mayfly/health`, { agent: idle }).end();
  const [health] = (await once(first, 'response')) as [IncomingMessage];
  await buffer(health);
  const running = httpRequest(url, { agent: false }).end();
  const [response] = (await once(running, 'response')) as [IncomingMessage];
  const lambda = new LambdaClient({ endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 });
  const closed = platform.close();
  await assert.rejects(
    lambda.send(new InvokeCommand({ FunctionName: 'slow' })),
    (error: Error & { $metadata: { httpStatusCode: number } }) => {
      assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['ServiceException', 503]);
      return true;
    },
  );
  assert.equal(await text(response), 'firstlast');
  await closed;
  lambda.destroy();
  idle.destroy();
});

test('a stream that outlasts the window is ended, and its reader knows that it is not whole', async (t) => {
  const platform = await openPlatform(t);
  await platform.deploy(
    'endless',
    `export const handler = awslambda.streamifyResponse(async (event, stream) => { stream.write('first'); await new Promise((r) => setTimeout(r, 60000)) })`,
    { Timeout: 90 },
  );
  const url = await platform.openUrl('endless', { InvokeMode: 'RESPONSE_STREAM' });
  const running = httpRequest(url, { agent: false }).end();
  const [response] = (await once(running, 'response')) as [IncomingMessage];
  let read = '';
  const reading = (async () => {
    for await (const part of response) read += String(part);
  })();
  await Promise.all([platform.close(), assert.rejects(reading, { code: 'ECONNRESET' })]);
  assert.equal(read, 'first');
});
