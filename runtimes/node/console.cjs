// The function's console, as Lambda wires it: `timestamp\trequestId\tLEVEL\tmessage` in text, one JSON object in JSON format,
// filtered by AWS_LAMBDA_LOG_LEVEL. One console call is one event, also when its text has several lines: the newlines inside
// travel as NUL, and the platform puts them back. Everything goes to stdout, so that the order of log and error is kept.
'use strict';

const p = require('./primordials.cjs');
const { describeError, intoError } = require('./errors.cjs');

const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
const METHODS = { trace: 'TRACE', debug: 'DEBUG', info: 'INFO', log: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' };

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Writes all of it or blocks: a platform that reads slowly slows the function down, and no line is lost. */
function writeFully(fd, text) {
  const bytes = p.bufferFrom(text);
  let written = 0;
  while (written < bytes.byteLength) {
    try {
      written += p.writeSync(fd, bytes, written, bytes.byteLength - written);
    } catch (error) {
      if (error.code === 'EPIPE') return; // The platform reads no more; this process is about to be killed.
      if (error.code !== 'EAGAIN') throw error;
      p.wait(sleeper, 0, 0, 1);
    }
  }
}

function writeEvent(fd, text) {
  writeFully(fd, `${p.replaceAll(text, '\n', '\0')}\n`);
}

/** Replaces the methods of `console`; `state.requestId` is read at each call. Returns how the runtime itself logs an error. */
function wireConsole(state, environment) {
  const asJson = environment.AWS_LAMBDA_LOG_FORMAT === 'JSON';
  const threshold = LEVELS[p.toUpperCase(`${environment.AWS_LAMBDA_LOG_LEVEL ?? ''}`)] ?? LEVELS.TRACE;
  const write = asJson ? jsonWriter(state) : textWriter(state);
  for (const method in METHODS) {
    const level = METHODS[method];
    console[method] = LEVELS[level] < threshold ? () => {} : (...values) => write(level, values);
  }
  return function logError(title, error) {
    const shown = intoError(error);
    if (asJson) write('ERROR', [shown]);
    else write('ERROR', [title, describeError(shown)]);
  };
}

function textWriter(state) {
  return (level, values) => {
    const time = p.toIsoString(new p.DateConstructor());
    writeEvent(state.fd, `${time}\t${state.requestId}\t${level}\t${p.apply(p.formatText, undefined, values)}`);
  };
}

function jsonWriter(state) {
  return (level, values) => {
    const event = { __proto__: null, timestamp: p.toIsoString(new p.DateConstructor()), level, requestId: state.requestId };
    writeEvent(state.fd, jsonEvent(event, values));
  };
}

function jsonEvent(event, values) {
  if (values.length === 1) {
    try {
      event.message = values[0];
      return p.stringifyJson(event, (_key, value) => (value instanceof p.ErrorConstructor ? errorMembers(value) : value));
    } catch {
      // Circular or with a throwing getter: JSON cannot hold it, its printed form can.
      event.message = p.formatText(values[0]);
      return p.stringifyJson(event);
    }
  }
  event.message = p.apply(p.formatText, undefined, values);
  for (let index = 0; index < values.length; index++) {
    if (!(values[index] instanceof p.ErrorConstructor)) continue;
    p.assign(event, errorMembers(values[index]));
    break;
  }
  return p.stringifyJson(event);
}

function errorMembers(error) {
  return p.assign(
    {
      errorType: error.constructor?.name ?? 'UnknownError',
      errorMessage: error.message,
      stackTrace: typeof error.stack === 'string' ? p.split(error.stack, '\n') : [],
    },
    error,
  );
}

module.exports = { wireConsole, writeFully };
