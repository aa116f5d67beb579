// A response that is streamed → an HTTP answer that leaves while its function runs, no faster than its caller reads it.
// https://docs.aws.amazon.com/lambda/latest/dg/config-rs-invoke-furls.html

import type { Readable } from 'node:stream';
import type { AttemptResult } from '#invocation';
import type { StreamedResponse } from '#sandbox';
import type { AnswerSink } from '../answer-sink.ts';
import type { UrlHead } from './url-head.ts';
import { preludeHead, PRELUDE_TYPE, readPrelude, STREAM_TYPE } from './url-prelude.ts';
import { badGateway } from './url-refusal.ts';

export interface UrlStreamRequest {
  readonly response: StreamedResponse;
  /** How the invocation ended. */
  readonly result: Promise<AttemptResult>;
  readonly sink: AnswerSink;
  readonly isHead: boolean;
  /** What the URL itself adds to the function's headers. */
  readonly withOwn: (headers: string[]) => readonly string[];
}

/** `cut`: the caller got a part of it and knows that it is a part. `gone`: the caller left. */
export type UrlStreamEnd = 'whole' | 'cut' | 'gone';

/** Throws a refusal where no head was sent. */
export async function answerStream({ response, result, sink, isHead, withOwn }: UrlStreamRequest): Promise<UrlStreamEnd> {
  const { body } = response;
  // Destroying the body tells the function.
  sink.onClose(() => body.destroy());
  const head = await headOf(response, sink);
  if (head === undefined) {
    body.destroy();
    await result;
    if (sink.closed) return 'gone';
    throw badGateway();
  }
  if (sink.closed) {
    await result;
    return 'gone';
  }
  sink.writeHead(head.status, withOwn(head.headers));
  if (isHead || head.status === 204 || head.status === 304) body.resume();
  else await pour(body, head.first, sink);
  // The record is taken before the answer is complete.
  const ended = await result;
  if (sink.closed) return 'gone';
  if (ended.kind === 'answered' && ended.answer.functionError === undefined) {
    sink.end();
    return 'whole';
  }
  sink.cut();
  return 'cut';
}

interface StreamHead extends UrlHead {
  /** Body bytes that came together with the prelude. */
  readonly first: Uint8Array;
}

const EMPTY = Buffer.alloc(0);

async function headOf({ contentType = STREAM_TYPE, body }: StreamedResponse, sink: AnswerSink): Promise<StreamHead | undefined> {
  if (contentType !== PRELUDE_TYPE) return { status: 200, headers: ['content-type', contentType], first: EMPTY };
  try {
    const parts = await readPrelude(body);
    const head = parts && preludeHead(parts.prelude);
    return head && { ...head, first: parts.rest };
  } catch (error) {
    if (sink.closed) return undefined;
    throw error;
  }
}

async function pour(body: Readable, first: Uint8Array, sink: AnswerSink): Promise<void> {
  let wake = () => {};
  sink.onDrain(() => wake());
  sink.onClose(() => wake());
  const send = async (bytes: Uint8Array) => {
    if (!sink.write(bytes) && !sink.closed) await new Promise<void>((resolve) => void (wake = resolve));
  };
  try {
    if (first.byteLength > 0) await send(first);
    for await (const part of body) await send(part as Uint8Array);
  } catch (error) {
    // The body was destroyed because nobody is left who would read it.
    if (!sink.closed) throw error;
  }
}
