// Lambda's error documents: { errorType, errorMessage, trace }, and the errors that the runtime itself raises.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
'use strict';

const p = require('./primordials.cjs');

/** An error of the runtime; its `name` is what callers see as errorType, `Runtime.…`. */
class RuntimeError extends Error {
  constructor(kind, message, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = `Runtime.${kind}`;
    if (cause !== undefined && typeof cause.stack === 'string') this.stack = `${this.name}: ${message}\n${tail(cause.stack)}`;
  }
}

/** A stack without its first line, which repeats the message. */
function tail(stack) {
  const end = p.indexOf(stack, '\n');
  return end < 0 ? '' : p.slice(stack, end + 1);
}

function looksLikeError(value) {
  return (
    p.isNativeError(value) ||
    (typeof value === 'object' &&
      value !== null &&
      typeof value.name === 'string' &&
      typeof value.message === 'string' &&
      typeof value.stack === 'string')
  );
}

/** Never throws, whatever was thrown: getters of a user's object may do anything. */
function errorDocument(error) {
  try {
    if (looksLikeError(error)) {
      return plain(`${error.name}`, `${error.message}`, typeof error.stack === 'string' ? p.split(error.stack, '\n') : []);
    }
    return plain(typeof error, `${error}`, []);
  } catch {
    return plain('handled', 'The function failed with a value whose name, message or stack could not be read.', []);
  }
}

/** Without a prototype, so that a `toJSON` planted on Object.prototype or Array.prototype is not asked. */
function plain(errorType, errorMessage, trace) {
  return { __proto__: null, errorType, errorMessage, trace: p.setPrototypeOf(trace, null) };
}

/** What the platform takes; it ends a sandbox that sends more. A message may well have somebody's whole answer in it. */
const DOCUMENT_BYTES_MAX = 256 * 1024;
/** As many of them as fit in any case: JSON makes six bytes of some characters. */
const SHORT = { type: 1000, message: 32_000, traceLines: 20, traceLine: 200 };

function errorPayload(error) {
  const document = errorDocument(error);
  const payload = p.bufferFrom(p.stringifyJson(document));
  return payload.byteLength <= DOCUMENT_BYTES_MAX ? payload : p.bufferFrom(p.stringifyJson(shortened(document)));
}

/** The last lines of the trace are calls; the first ones repeat the message. */
function shortened({ errorType, errorMessage, trace }) {
  const lines = [];
  const start = trace.length > SHORT.traceLines ? trace.length - SHORT.traceLines : 0;
  for (let index = start; index < trace.length; index++) lines[index - start] = cut(trace[index], SHORT.traceLine);
  return plain(cut(errorType, SHORT.type), cut(errorMessage, SHORT.message), lines);
}

function cut(text, most) {
  return text.length <= most ? text : `${p.slice(text, 0, most)}…`;
}

/** As Lambda's runtime prints errors: their hidden members made visible, in one line of JSON. */
function describeError(error) {
  try {
    return `\t${p.stringifyJson(error, (_key, value) => (value instanceof p.ErrorConstructor ? visible(value) : value))}`;
  } catch {
    return `\t${p.stringifyJson(errorDocument(error))}`;
  }
}

function visible(error) {
  const shown = p.assign({ errorType: error.name, errorMessage: error.message, code: error.code }, error);
  if (typeof error.stack === 'string') shown.stack = p.split(error.stack, '\n');
  return shown;
}

function intoError(value) {
  return value instanceof p.ErrorConstructor ? value : new p.ErrorConstructor(value);
}

module.exports = { RuntimeError, errorDocument, errorPayload, describeError, intoError };
