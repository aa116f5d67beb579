// Writing answers: bytes at once, streams as they come, and an end for senders whose body nobody will read.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '#kernel';
import type { WireAnswer } from '#wire';
import { awaitsContinue } from './body.ts';

export interface AnswerRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly answer: WireAnswer;
  readonly clock: Clock;
}

/** Resolves when the answer is written, or the caller is gone. Rejects with what a stream failed of after its head was sent. */
export async function sendAnswer({ request, response, answer, clock }: AnswerRequest): Promise<void> {
  const { status, headers, body } = answer;
  if (response.destroyed) return;
  response.statusCode = status;
  for (const name of Object.keys(headers)) response.setHeader(name, headers[name] ?? '');
  const isUnread = hasUnreadBody(request);
  if (isUnread) response.setHeader('connection', 'close');
  if (body === undefined || body instanceof Uint8Array) {
    if (isUnread) {
      writeBytes(request, response, body ?? EMPTY);
      await linger(request, clock);
      response.end();
    } else {
      endWithBytes(request, response, body ?? EMPTY);
    }
    return;
  }
  if (request.method === 'HEAD') {
    if (body instanceof Readable) body.destroy();
    response.end();
    return;
  }
  await pipeline(body instanceof Readable ? body : Readable.from(body, { objectMode: false, highWaterMark: 1 }), response).catch(
    (error: unknown) => {
      // A caller that goes away in the middle of its download is no failure of ours.
      if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    },
  );
}

const EMPTY = new Uint8Array(0);

/**
 * The body is given as a Buffer: of a string Node would make one write with the headers, in UTF-8, and spoil latin1 in them. flushHeaders would
 * do the same.
 */
function endWithBytes(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  if (mayHaveBody(request, response)) {
    response.setHeader('content-length', bytes.length);
    response.end(bytes);
  } else response.end();
}

/** Sends all there is to send and leaves the answer open. */
function writeBytes(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  if (mayHaveBody(request, response)) response.setHeader('content-length', bytes.length);
  if (mayHaveBody(request, response) && bytes.length > 0) response.write(bytes);
  else response.flushHeaders(); // nothing but an error is sent this way, and those have ASCII headers
}

/** The length that a HEAD tells is that of the body which a GET would have; only its handler knows it. */
function mayHaveBody({ method }: IncomingMessage, { statusCode }: ServerResponse): boolean {
  return method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
}

function hasUnreadBody(request: IncomingMessage): boolean {
  if (request.complete || request.destroyed) return false;
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

/** How long, and for how much, a sender is listened to after its answer was sent. */
const LINGER_MS = 5000;
const LINGER_BYTES = 16 * 1024 * 1024;

/**
 * Reads on and throws away what is still coming: closing now would reset the connection, and the sender might never see its answer.
 * A sender that waits for `100 Continue` has sent nothing.
 */
async function linger(request: IncomingMessage, clock: Clock): Promise<void> {
  if (awaitsContinue(request)) return;
  await new Promise<void>((resolve) => {
    let bytes = 0;
    const timer = clock.after(LINGER_MS, finish);
    function finish(): void {
      timer.cancel();
      request.off('data', onData).off('end', finish).off('close', finish);
      resolve();
    }
    function onData(part: Buffer): void {
      bytes += part.length;
      if (bytes > LINGER_BYTES) finish();
    }
    request.on('data', onData).on('end', finish).on('close', finish);
    request.resume();
  });
}
