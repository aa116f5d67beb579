// The runtime's side of Lambda's API: next, response, error, init error, and the states between them.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
//
// Owns: the state of the runtime and the one invocation that it has. Invariants: I1 an invocation is answered once, by its id, and by its
// Invocation-Id where the runtime echoes it: an answer that comes late cannot become that of the next invocation. I2 an invocation is over when
// it is answered and the runtime asks for the next.
'use strict';

const { randomUUID } = require('node:crypto');
const { accept, refuse, refuseRuntimeTransition } = require('./refusals.cjs');
const { readBody } = require('./server.cjs');
const { StreamedResponse } = require('./streamed-response.cjs');

/** What the platform takes; it ends a sandbox that sends more. */
const ERROR_DOCUMENT_BYTES = 256 * 1024;
/** What is no JSON becomes a message, of which JSON may make six times as much. */
const ERROR_MESSAGE_CHARACTERS = 32_000;
const ERROR_TYPE_HEADER = 'lambda-runtime-function-error-type';
const MODE_HEADER = 'lambda-runtime-function-response-mode';
const INVOCATION_ID_HEADER = 'lambda-runtime-invocation-id';
/** The trailers of a streamed response that failed on its way. */
const ERROR_BODY_TRAILER = 'lambda-runtime-function-error-body';

class RuntimeApi {
  #maxResponseBytes;
  #maxStreamedBytes;
  #stream;
  #listener;
  /** Started, Ready, Running, InvocationResponse, InvocationErrorResponse, RuntimeResponseSentState, InitError */
  #state = 'Started';
  /** Responses of `next` that wait for an event. */
  #waiting = [];
  #current;

  /** `listener`: ready(), initFailed(payload), answered(answer), asksForNext(), streamBegun(contentType), streamChunk(bytes) */
  constructor({ maxResponseBytes, maxStreamedBytes }, listener) {
    this.#maxResponseBytes = maxResponseBytes;
    this.#maxStreamedBytes = maxStreamedBytes;
    this.#listener = listener;
  }

  get isReady() {
    return this.#state === 'Ready';
  }

  get hasAnswered() {
    return this.#state === 'RuntimeResponseSentState' || this.#state === 'Ready';
  }

  invoke(head, payload) {
    this.#current = { head, payload, invocationId: randomUUID() };
    this.#state = 'Running';
    const response = this.#waiting.find((waiting) => !waiting.destroyed);
    this.#waiting = this.#waiting.filter((waiting) => waiting !== response && !waiting.destroyed);
    if (response !== undefined) this.#render(response);
    // Whoever had asked is gone: the event waits for who asks next.
  }

  /** The client of the response that is streamed has read so many bytes, or has gone. */
  credit(bytes) {
    this.#stream?.credit(bytes);
  }

  clientGone() {
    this.#stream?.gone();
  }

  next(response) {
    switch (this.#state) {
      case 'Started':
      case 'RuntimeResponseSentState': {
        const isFirst = this.#state === 'Started';
        this.#state = 'Ready';
        this.#current = undefined;
        this.#waiting.push(response);
        if (isFirst) this.#listener.ready();
        else this.#listener.asksForNext();
        return;
      }
      case 'Ready':
        this.#waiting.push(response);
        return;
      case 'Running':
        // As on Lambda: who asks again is told again.
        this.#render(response);
        return;
      default:
        refuseRuntimeTransition(response, this.#state, 'Ready');
    }
  }

  response(requestId, request, response) {
    if (!this.#isCurrent(requestId, request, response)) return;
    if (this.#state !== 'Running') {
      refuseRuntimeTransition(response, this.#state, 'InvocationResponse');
      return;
    }
    const mode = request.headers[MODE_HEADER];
    this.#state = 'InvocationResponse';
    if (mode !== undefined && mode.toLowerCase() !== 'streaming') {
      this.#answered({ kind: 'threw', payload: document('Runtime.InvalidResponseModeHeader', `Invalid response mode: ${mode}`) });
      refuse(response, 400, 'InvalidFunctionResponseMode', 'Invalid function response mode');
      return;
    }
    this.#whenCutOff(request);
    if (mode !== undefined && this.#current.head.streamWindow !== undefined) this.#streamOn(request, response);
    else this.#collect(mode, request, response);
  }

  #collect(mode, request, response) {
    readBody(request, this.#maxResponseBytes, (body, bytes) => {
      if (body === undefined) this.#tooLarge(response, bytes, this.#maxResponseBytes);
      else this.#complete(response, mode === undefined ? undefined : trailerError(request.trailers), body);
    });
  }

  #streamOn(request, response) {
    this.#stream = new StreamedResponse({
      request,
      window: this.#current.head.streamWindow,
      maxBytes: this.#maxStreamedBytes,
      listener: {
        begin: (contentType) => this.#listener.streamBegun(contentType),
        chunk: (bytes) => this.#listener.streamChunk(bytes),
        end: () => this.#complete(response, trailerError(request.trailers), undefined),
        tooLarge: (bytes) => this.#tooLarge(response, bytes, this.#maxStreamedBytes),
      },
    });
  }

  /** `body` is undefined where it was streamed. */
  #complete(response, failure, body) {
    this.#answered(failure === undefined ? { kind: 'returned', payload: body } : { kind: 'threw', payload: failure });
    accept(response);
  }

  #tooLarge(response, bytes, most) {
    this.#answered({ kind: 'tooLarge', bytes });
    refuse(response, 413, 'RequestEntityTooLarge', `Exceeded maximum allowed payload size (${most} bytes).`);
  }

  error(requestId, request, response) {
    if (!this.#isCurrent(requestId, request, response)) return;
    if (this.#state !== 'Running') {
      refuseRuntimeTransition(response, this.#state, 'InvocationErrorResponse');
      return;
    }
    this.#state = 'InvocationErrorResponse';
    this.#whenCutOff(request);
    readBody(request, ERROR_DOCUMENT_BYTES, (body) => {
      this.#answered({ kind: 'threw', payload: errorDocument(body, request.headers[ERROR_TYPE_HEADER]) });
      accept(response);
    });
  }

  initError(request, response) {
    if (this.#state !== 'Started') {
      refuseRuntimeTransition(response, this.#state, 'InitError');
      return;
    }
    this.#state = 'InitError';
    readBody(request, ERROR_DOCUMENT_BYTES, (body) => {
      accept(response);
      this.#listener.initFailed(errorDocument(body, request.headers[ERROR_TYPE_HEADER]));
    });
  }

  /** I1 */
  #isCurrent(requestId, request, response) {
    const echoed = request.headers[INVOCATION_ID_HEADER];
    const current = this.#current;
    if (current !== undefined && current.head.requestId === requestId && (echoed === undefined || echoed === current.invocationId))
      return true;
    refuse(response, 400, 'InvalidRequestID', 'Invalid request ID');
    return false;
  }

  #answered(answer) {
    this.#stream = undefined;
    this.#state = 'RuntimeResponseSentState';
    this.#listener.answered(answer);
  }

  /** A response whose connection breaks before its end. */
  #whenCutOff(request) {
    const current = this.#current;
    request.once('close', () => {
      if (request.complete || this.#current !== current || this.#state === 'RuntimeResponseSentState') return;
      this.#answered({ kind: 'threw', payload: document('Runtime.TruncatedResponse', 'The response broke off before its end.') });
    });
  }

  #render(response) {
    const { head, payload, invocationId } = this.#current;
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': payload.byteLength,
      'Lambda-Runtime-Aws-Request-Id': head.requestId,
      'Lambda-Runtime-Deadline-Ms': String(head.deadlineMs),
      'Lambda-Runtime-Invoked-Function-Arn': head.arn,
      'Lambda-Runtime-Invocation-Id': invocationId,
    };
    if (head.traceHeader !== undefined) headers['Lambda-Runtime-Trace-Id'] = head.traceHeader;
    if (head.clientContext !== undefined) headers['Lambda-Runtime-Client-Context'] = headerText(head.clientContext);
    if (head.identity !== undefined) headers['Lambda-Runtime-Cognito-Identity'] = headerText(head.identity);
    if (head.tenantId !== undefined) headers['Lambda-Runtime-Aws-Tenant-Id'] = head.tenantId;
    response.writeHead(200, headers);
    response.end(payload);
  }
}

/** JSON may hold anything; a header holds Latin-1 without control characters. */
function headerText(json) {
  const isPlain = (code) => code >= 0x20 && code < 0x7f;
  return [...json].map((character) => escaped(character, isPlain)).join('');
}

function escaped(character, isPlain) {
  if (isPlain(character.codePointAt(0))) return character;
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

function document(errorType, errorMessage) {
  return Buffer.from(JSON.stringify({ errorType, errorMessage }));
}

/** What the runtime sent where that is a document, or else one made of its header: callers look for errorType and errorMessage. */
function errorDocument(body, errorType = 'Runtime.Unknown') {
  if (body === undefined) return document(errorType, 'The error document was too large.');
  try {
    const parsed = JSON.parse(body.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null) return body;
  } catch {
    // No JSON: handed on as the message.
  }
  return document(errorType, body.toString('utf8').slice(0, ERROR_MESSAGE_CHARACTERS));
}

function trailerError(trailers) {
  const errorType = trailers[ERROR_TYPE_HEADER];
  if (errorType === undefined) return undefined;
  const body = trailers[ERROR_BODY_TRAILER];
  return errorDocument(Buffer.from(body ?? '', 'base64'), errorType);
}

module.exports = { RuntimeApi };
