// `awslambda.streamifyResponse`: handlers that write their response to a stream. What they write leaves as it is written, as far as the
// platform has given credit for it; without credit `write` says no, and `drain` follows when the client has read on.
// https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
//
// Owns: the credit and the unsent bytes of one invocation's response.
// Invariants:
//   I1 Never more is sent than there is credit for: the platform ends a sandbox that sends more.
//   I2 While a response is open the process stays alive: its reader may read on or leave, which may be all that the function waits for.
//   I3 The response has one beginning, before its first byte or at its end; content type and prelude can be set until then.
'use strict';

const { Writable } = require('node:stream');
const p = require('./primordials.cjs');
const { RuntimeError } = require('./errors.cjs');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const PRELUDE = Symbol('prelude');
const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
const PRELUDE_DELIMITER = Buffer.alloc(8);
/** One frame; the platform takes no larger ones. */
const CHUNK_BYTES = 64 * 1024;
/** What the platform lets into a header. */
const CONTENT_TYPE = /^[\t\x20-\x7e]{1,256}$/;
const concat = Buffer.concat.bind(Buffer);

/** The global that Lambda's runtime offers to handlers. */
function provideAwsLambda(target) {
  target.awslambda = {
    streamifyResponse(handler, options) {
      handler[STREAMING] = 'response';
      handler[HIGH_WATER_MARK] = options?.highWaterMark;
      return handler;
    },
    HttpResponseStream: {
      /** The status, headers and cookies travel before the body: JSON, eight NUL bytes, then what the handler writes. */
      from(stream, metadata) {
        stream.setContentType(PRELUDE_TYPE);
        stream[PRELUDE] = concat([p.bufferFrom(p.stringifyJson(metadata)), PRELUDE_DELIMITER]);
        return stream;
      },
    },
  };
}

function isStreaming(handler) {
  return handler[STREAMING] === 'response';
}

/**
 * Calls the handler and `finish(outcome)` once: `{ streamed: true }`, `{ bytes }` where the platform wants the response whole, `{ tooLarge }`
 * or `{ error }`.
 *
 * `wire`: `begin(contentType)`, `chunk(bytes)`, `hold()` and `release()` (I2), `window` (the first credit; undefined: nobody reads the response
 * as it comes), `maxBytes`, and `listen({ credit, gone })` for what the platform tells meanwhile.
 */
function runStreaming({ handler, event, context, wire, finish: settle }) {
  const finish = (outcome) => {
    response.discard();
    settle(outcome);
  };
  const response = wire.window === undefined ? collect(wire, finish) : send(wire, finish);
  const stream = createResponseStream(response, handler[HIGH_WATER_MARK]);
  let isGone = false;
  let hasReturned = false;
  const complete = () => {
    if (isGone) finish({ streamed: true });
    else if (!stream.writableEnded) finish({ error: new p.ErrorConstructor('Response stream is not finished.') });
    else if (stream.writableFinished) finish(response.outcome());
    else stream.once('finish', () => finish(response.outcome()));
  };
  // A function that destroys its own response has failed; when its client is gone, it ends in its own time.
  stream.on('error', (error) => isGone || finish({ error }));
  wire.listen({
    credit: response.credit,
    gone() {
      if (isGone) return;
      isGone = true;
      stream.destroy(clientGone());
      if (hasReturned) complete();
    },
  });
  const result = handler(event, stream, context);
  if (!(result instanceof Promise)) {
    finish({ error: new p.ErrorConstructor('Streaming does not support non-async handlers.') });
    return;
  }
  const returned = () => {
    hasReturned = true;
    complete();
  };
  p.then(result, returned, (error) => finish({ error }));
}

function clientGone() {
  const error = new RuntimeError('ClientGone', 'The client has closed the connection: nobody reads this response any more.');
  error.code = 'ECONNRESET';
  return error;
}

function createResponseStream(response, highWaterMark) {
  const stream = new Writable({
    ...(highWaterMark === undefined ? undefined : { highWaterMark }),
    write: (chunk, _encoding, done) => response.write([chunk], done),
    writev: (items, done) => response.write(bytesOf(items), done),
    final: (done) => response.end(done),
    destroy(error, done) {
      response.discard();
      done(error);
    },
  });
  const write = stream.write.bind(stream);
  // Lambda's runtime takes objects as well, and writes them as JSON.
  stream.write = (chunk, encoding, done) => write(isBytesOrText(chunk) ? chunk : p.stringifyJson(chunk), encoding, done);
  stream.setContentType = (contentType) => {
    if (response.begun) throw new RuntimeError('InvalidStreamingOperation', 'Cannot set content-type, too late.');
    if (typeof contentType !== 'string' || !CONTENT_TYPE.test(contentType))
      throw new RuntimeError('InvalidStreamingOperation', 'A content type has 1 to 256 printable ASCII characters.');
    response.contentType = contentType;
  };
  response.prelude = () => stream[PRELUDE];
  return stream;
}

function isBytesOrText(chunk) {
  return typeof chunk === 'string' || chunk instanceof Uint8Array || chunk === null || chunk === undefined;
}

function bytesOf(items) {
  const chunks = [];
  for (let index = 0; index < items.length; index++) chunks[index] = items[index].chunk;
  return chunks;
}

/** Sends chunks as far as there is credit, and keeps the rest, of which the stream writes no more until it is gone. */
function send(wire, finish) {
  let credit = wire.window;
  let total = 0;
  let unsent = [];
  let sent;
  let isHeld = false;
  let isOver = false;

  function begin() {
    if (response.begun) return;
    response.begun = true;
    hold(true);
    wire.begin(response.contentType);
    const prelude = response.prelude();
    if (prelude !== undefined) unsent.unshift(prelude);
  }

  function pump() {
    while (credit > 0 && unsent.length > 0) {
      const chunk = take(unsent, credit < CHUNK_BYTES ? credit : CHUNK_BYTES);
      if (chunk.byteLength === 0) continue;
      total += chunk.byteLength;
      if (total > wire.maxBytes) {
        finish({ tooLarge: total });
        return;
      }
      credit -= chunk.byteLength;
      wire.chunk(chunk);
    }
    if (unsent.length > 0 || sent === undefined) return;
    const done = sent;
    sent = undefined;
    done();
  }

  function hold(isNeeded) {
    if (isHeld === isNeeded) return;
    isHeld = isNeeded;
    if (isNeeded) wire.hold();
    else wire.release();
  }

  const response = {
    contentType: undefined,
    begun: false,
    prelude: undefined,
    write(chunks, done) {
      if (isOver) {
        done();
        return;
      }
      unsent = chunks;
      begin();
      sent = done;
      pump();
    },
    end(done) {
      response.write([], () => {
        hold(false);
        done();
      });
    },
    credit(bytes) {
      credit += bytes;
      pump();
    },
    /** What is not sent by now is not to be sent: a frame after the end of its invocation would end the sandbox. */
    discard() {
      isOver = true;
      unsent = [];
      sent = undefined;
      hold(false);
    },
    outcome: () => ({ streamed: true }),
  };
  return response;
}

/** Takes at most `max` bytes off the front: small chunks together, a large one in slices. */
function take(chunks, max) {
  const first = chunks[0];
  if (first.byteLength > max) {
    chunks[0] = p.subarray(first, max);
    return p.subarray(first, 0, max);
  }
  let count = 1;
  let bytes = first.byteLength;
  while (count < chunks.length && bytes + chunks[count].byteLength <= max) bytes += chunks[count++].byteLength;
  const taken = chunks.splice(0, count);
  return count === 1 ? first : concat(taken, bytes);
}

/** For callers that want the response whole: Invoke, and URLs that buffer. */
function collect(wire, finish) {
  const chunks = [];
  let bytes = 0;

  let add = (chunk) => {
    bytes += chunk.byteLength;
    if (bytes <= wire.maxBytes) chunks.push(chunk);
    else finish({ tooLarge: bytes });
  };

  function begin() {
    if (response.begun) return;
    response.begun = true;
    const prelude = response.prelude();
    if (prelude !== undefined) add(prelude);
  }

  const response = {
    contentType: undefined,
    begun: false,
    prelude: undefined,
    write(written, done) {
      begin();
      for (let index = 0; index < written.length; index++) add(written[index]);
      done();
    },
    end(done) {
      begin();
      done();
    },
    credit() {},
    discard() {
      add = () => {};
    },
    outcome: () => ({ bytes: concat(chunks) }),
  };
  return response;
}

module.exports = { isStreaming, provideAwsLambda, runStreaming };
