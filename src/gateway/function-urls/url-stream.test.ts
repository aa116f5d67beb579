// Streams that are answered: heads with and without a prelude, callers who read slowly or leave, functions that fail on the way.

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { AttemptResult } from '#invocation';
import { LIMITS } from '#kernel';
import { usageRecord } from '../../../test/support/usage-records.ts';
import type { AnswerSink } from '../answer-sink.ts';
import { urlAnswer } from './url-answer.ts';
import { UrlRefusal } from './url-refusal.ts';
import { answerStream } from './url-stream.ts';
import type { UrlStreamRequest } from './url-stream.ts';

const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';

function answered(functionError?: 'Unhandled'): AttemptResult {
  return {
    kind: 'answered',
    answer: { functionError, payload: Buffer.alloc(0), logLine: undefined, trouble: undefined },
    logTail: undefined,
    record: usageRecord(),
  };
}

/** An answer's way out that remembers, and that is full when the test says so. */
class FakeSink implements AnswerSink {
  closed = false;
  full = false;
  readonly seen: string[] = [];
  #drained: () => void = () => {};
  readonly #gone: (() => void)[] = [];

  writeHead(status: number, headers: readonly string[]): void {
    this.seen.push(`${status} ${headers.join(' ')}`);
  }

  write(bytes: Uint8Array): boolean {
    this.seen.push(Buffer.from(bytes).toString());
    return !this.full;
  }

  end(): void {
    this.seen.push('end');
  }

  cut(): void {
    this.seen.push('cut');
  }

  onDrain(listener: () => void): void {
    this.#drained = listener;
  }

  onClose(listener: () => void): void {
    this.#gone.push(listener);
  }

  drain(): void {
    this.full = false;
    this.#drained();
  }

  leave(): void {
    this.closed = true;
    for (const listener of this.#gone) listener();
  }
}

function open(contentType?: string, more: Partial<UrlStreamRequest> = {}) {
  const body = new PassThrough();
  const sink = new FakeSink();
  const { promise: result, resolve: settle } = Promise.withResolvers<AttemptResult>();
  const end = answerStream({
    response: { contentType, body },
    result,
    sink,
    isHead: false,
    withOwn: (headers) => headers,
    ...more,
  });
  return { body, sink, settle, end };
}

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));
const prelude = (head: unknown) => `${JSON.stringify(head)}${'\0'.repeat(8)}`;

test('what comes first leaves first, and the end only after the invocation has ended', async () => {
  const { body, sink, settle, end } = open();
  await turn();
  assert.deepEqual(sink.seen, ['200 content-type application/octet-stream'], 'the head waits for nothing');
  body.write('one');
  await turn();
  assert.deepEqual(sink.seen.slice(1), ['one']);
  body.end('two');
  await turn();
  await turn();
  assert.deepEqual(sink.seen.slice(1), ['one', 'two'], 'whether that was all is not known yet');
  settle(answered());
  assert.equal(await end, 'whole');
  assert.deepEqual(sink.seen.slice(3), ['end']);
});

test('the type that a handler set is the answer’s', async () => {
  const { body, sink, settle, end } = open('text/event-stream');
  body.end();
  settle(answered());
  await end;
  assert.deepEqual(sink.seen, ['200 content-type text/event-stream', 'end']);
});

test('a prelude becomes the head, however it is cut', async () => {
  const bytes = Buffer.from(`${prelude({ statusCode: 201, headers: { 'X-A': 'ü' }, cookies: ['a=1', 'b=2'] })}body`);
  for (const at of [1, 20, bytes.length - 9, bytes.length - 4]) {
    const { body, sink, settle, end } = open(PRELUDE_TYPE);
    body.write(bytes.subarray(0, at));
    await turn();
    body.end(bytes.subarray(at));
    settle(answered());
    assert.equal(await end, 'whole');
    const [head, ...rest] = sink.seen;
    assert.equal(head, '201 x-a ü content-type application/octet-stream set-cookie a=1 set-cookie b=2');
    assert.equal(rest.join(''), 'bodyend');
  }
});

test('a head without a body leaves as soon as it is there', async () => {
  const { body, sink, settle, end } = open(PRELUDE_TYPE);
  body.write(prelude({ headers: { 'content-type': 'text/plain' } }));
  await turn();
  await turn();
  assert.deepEqual(sink.seen, ['200 content-type text/plain']);
  body.end();
  settle(answered());
  await end;
});

test('what says that it is a prelude and is none gets the caller 502, and the function hears of it', async () => {
  for (const wrong of [
    'no json\0\0\0\0\0\0\0\0',
    prelude([]),
    prelude({ statusCode: 99 }),
    prelude({ headers: { 'a b': '1' } }),
    prelude({ headers: { a: '1\r\nb: 2' } }),
    prelude({ cookies: ['a\nb'] }),
    'x'.repeat(LIMITS.streamPreludeBytes + 9),
  ]) {
    const { body, sink, settle, end } = open(PRELUDE_TYPE);
    body.write(wrong);
    settle(answered());
    await assert.rejects(end, (error) => error instanceof UrlRefusal && error.status === 502, wrong.slice(0, 40));
    assert.equal(body.destroyed, true);
    assert.deepEqual(sink.seen, []);
  }
});

test('a function that ends before its prelude does gets the caller 502', async () => {
  const { body, settle, end } = open(PRELUDE_TYPE);
  body.end('{"statusCode":');
  settle(answered('Unhandled'));
  await assert.rejects(end, UrlRefusal);
});

test('a caller that reads slowly is waited for', async () => {
  const { body, sink, settle, end } = open();
  sink.full = true;
  body.write('one');
  await turn();
  body.end('two');
  await turn();
  assert.deepEqual(sink.seen.slice(1), ['one']);
  sink.drain();
  await turn();
  assert.deepEqual(sink.seen.slice(1), ['one', 'two']);
  settle(answered());
  assert.equal(await end, 'whole');
});

test('a caller that leaves is told to the function, whether it was read from or waited for', async () => {
  for (const full of [false, true]) {
    const { body, sink, settle, end } = open();
    sink.full = full;
    body.write('one');
    await turn();
    sink.leave();
    assert.equal(body.destroyed, true);
    settle(answered());
    assert.equal(await end, 'gone');
    assert.deepEqual(sink.seen.slice(1), ['one']);
  }
});

test('a caller that leaves before there is a head is told to the function as well', async () => {
  const { body, sink, settle, end } = open(PRELUDE_TYPE);
  await turn();
  sink.leave();
  assert.equal(body.destroyed, true);
  settle(answered());
  assert.equal(await end, 'gone');
  assert.deepEqual(sink.seen, []);
});

test('an answer whose function fails on the way, or whose platform closes, is cut instead of ended', async () => {
  for (const result of [answered('Unhandled'), { kind: 'closed' } as const]) {
    const { body, sink, settle, end } = open();
    body.end('half');
    settle(result);
    assert.equal(await end, 'cut');
    assert.deepEqual(sink.seen.slice(1), ['half', 'cut']);
  }
});

test('a HEAD and a status without a body have the head alone, and the function writes to its end', async () => {
  const { body, sink, settle, end } = open('text/plain', { isHead: true });
  body.end('x'.repeat(1_000_000));
  settle(answered());
  assert.equal(await end, 'whole');
  assert.deepEqual(sink.seen, ['200 content-type text/plain', 'end']);
  const empty = open(PRELUDE_TYPE);
  empty.body.end(`${prelude({ statusCode: 204 })}nobody may see this`);
  empty.settle(answered());
  assert.equal(await empty.end, 'whole');
  assert.deepEqual(empty.sink.seen.slice(1), ['end']);
});

test('a streamed response that was collected keeps its head', () => {
  const bytes = Buffer.from(`${prelude({ statusCode: 418, cookies: ['a=1'] })}\0tea`);
  const answer = urlAnswer(bytes);
  assert.deepEqual(answer, {
    status: 418,
    headers: ['content-type', 'application/octet-stream', 'set-cookie', 'a=1'],
    body: Buffer.from('\0tea'),
  });
});
