// Event streams, read back by the SDK's own codec.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventStreamCodec } from '@smithy/core/event-streams';
import { findError } from './error-answer.ts';
import { eventStream } from './event-stream.ts';
import { loadService } from './model.ts';
import type { Protocol, ServiceName } from './model.ts';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

interface Frame {
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

async function frames(
  service: ServiceName,
  operationName: string,
  protocol: Protocol,
  events: () => AsyncGenerator<object>,
): Promise<Frame[]> {
  const operation = loadService(service).operations.get(operationName);
  assert.ok(operation !== undefined);
  const found: Frame[] = [];
  const describeError = (error: unknown) => {
    const { code, message } = error as Error & { code: string };
    return { code, message, fields: {}, modelled: findError(loadService(service), code) };
  };
  for await (const bytes of eventStream({ operation, protocol, events: events(), initialResponse: {}, describeError })) {
    const { headers, body } = codec.decode(bytes);
    found.push({
      headers: Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, header.value])),
      body: Buffer.from(body).toString('utf8'),
    });
  }
  return found;
}

const failing = (code: string) => Object.assign(new Error(`because of ${code} é`), { code });

test("a function's streamed answer is bytes and an end, with nothing before", async () => {
  const found = await frames('lambda', 'InvokeWithResponseStream', 'restJson1', async function* events() {
    yield { PayloadChunk: { Payload: Buffer.from('hello') } };
    yield { InvokeComplete: { ErrorCode: 'E', LogResult: 'log' } };
  });
  assert.deepEqual(found, [
    {
      headers: { ':message-type': 'event', ':event-type': 'PayloadChunk', ':content-type': 'application/octet-stream' },
      body: 'hello',
    },
    {
      headers: { ':message-type': 'event', ':event-type': 'InvokeComplete', ':content-type': 'application/json' },
      body: '{"ErrorCode":"E","LogResult":"log"}',
    },
  ]);
});

test('over RPC a stream opens with its initial response', async () => {
  const found = await frames('cloudwatch-logs', 'StartLiveTail', 'awsJson1_1', async function* events() {
    yield { sessionUpdate: { sessionResults: [{ message: 'm', timestamp: 5 }] } };
  });
  assert.deepEqual(
    found.map(({ headers }) => headers[':event-type']),
    ['initial-response', 'sessionUpdate'],
  );
  assert.equal(found[1]?.body, '{"sessionResults":[{"message":"m","timestamp":5}]}');
});

test("S3's events are XML or bytes", async () => {
  const found = await frames('s3', 'SelectObjectContent', 'restXml', async function* events() {
    yield { Records: { Payload: Buffer.from('a,b') } };
    yield { Stats: { Details: { BytesScanned: 5 } } };
    yield { End: {} };
  });
  assert.deepEqual(
    found.map(({ body }) => body),
    ['a,b', '<Stats><BytesScanned>5</BytesScanned></Stats>', ''],
  );
});

test('an error in the middle is an exception where the stream knows it, and an error where it does not', async () => {
  const end = async (code: string) =>
    (
      await frames('cloudwatch-logs', 'StartLiveTail', 'awsJson1_1', async function* events() {
        yield { sessionStart: {} };
        throw failing(code);
      })
    ).at(-1);
  assert.deepEqual(await end('SessionTimeoutException'), {
    headers: { ':message-type': 'exception', ':exception-type': 'SessionTimeoutException', ':content-type': 'application/json' },
    body: '{"message":"because of SessionTimeoutException é"}',
  });
  assert.deepEqual((await end('ThrottlingException'))?.headers, {
    ':message-type': 'error',
    ':error-code': 'ThrottlingException',
    ':error-message': 'because of ThrottlingException é',
  });
});
