// `awslambda.streamifyResponse`: handlers that write their response to a stream. What they write is collected and sent as one
// answer; the frame kinds leave room for sending it as it comes.
'use strict';

const { Writable } = require('node:stream');
const p = require('./primordials.cjs');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
const PRELUDE_DELIMITER_BYTES = 8;

/** The global that Lambda's runtime offers to handlers. */
function provideAwsLambda(target) {
  target.awslambda = {
    streamifyResponse(handler) {
      handler[STREAMING] = 'response';
      return handler;
    },
    HttpResponseStream: {
      /** The status and headers travel before the body: JSON, eight NUL bytes, then what the handler writes. */
      from(stream, prelude) {
        stream.setContentType(PRELUDE_TYPE);
        stream.write(p.stringifyJson(prelude));
        stream.write(Buffer.alloc(PRELUDE_DELIMITER_BYTES));
        return stream;
      },
    },
  };
}

function isStreaming(handler) {
  return handler[STREAMING] === 'response';
}

function runStreaming({ handler, event, context, finish }) {
  const chunks = [];
  const stream = new Writable({
    write(chunk, _encoding, written) {
      chunks.push(chunk);
      written();
    },
  });
  stream.setContentType = () => {};
  stream.on('error', (error) => finish({ error }));
  const result = handler(event, stream, context);
  if (!(result instanceof Promise)) {
    finish({ error: new p.ErrorConstructor('Streaming does not support non-async handlers.') });
    return;
  }
  p.then(
    result,
    () => {
      if (!stream.writableEnded) finish({ error: new p.ErrorConstructor('Response stream is not finished.') });
      else if (stream.writableFinished) finish({ bytes: Buffer.concat(chunks) });
      else stream.once('finish', () => finish({ bytes: Buffer.concat(chunks) }));
    },
    (error) => finish({ error }),
  );
}

module.exports = { isStreaming, provideAwsLambda, runStreaming };
