// The HTTP server at AWS_LAMBDA_RUNTIME_API: routes requests to the three APIs that Lambda has there. It listens on the sandbox's own loopback.
'use strict';

const http = require('node:http');
const { refuseUnknown } = require('./refusals.cjs');

/** Bodies are read whole, up to the bound of their route. */
const SMALL_BODY_BYTES = 1024 * 1024;

const RUNTIME = '/2018-06-01/runtime';
const EXTENSIONS = '/2020-01-01/extension';
const INVOCATION = new RegExp(`^${RUNTIME}/invocation/([^/]+)/(response|error)$`);

/** `port` 0 takes any. Resolves with the port. */
function openServer({ port, runtime, extensions, telemetry }) {
  const routes = new Map([
    [`GET ${RUNTIME}/ping`, (_request, response) => response.end('pong')],
    [`GET ${RUNTIME}/invocation/next`, (_request, response) => runtime.next(response)],
    [`POST ${RUNTIME}/init/error`, (request, response) => runtime.initError(request, response)],
    [`POST ${EXTENSIONS}/register`, (request, response) => extensions.register(request, response)],
    [`GET ${EXTENSIONS}/event/next`, (request, response) => extensions.next(request, response)],
    [`POST ${EXTENSIONS}/init/error`, (request, response) => extensions.initError(request, response)],
    [`POST ${EXTENSIONS}/exit/error`, (request, response) => extensions.exitError(request, response)],
    ['PUT /2022-07-01/telemetry', (request, response) => telemetry.subscribe(request, response)],
    ['PUT /2020-08-15/logs', (_request, response) => telemetry.refuseLogs(response)],
  ]);
  const server = http.createServer((request, response) => {
    const path = request.url.split('?', 1)[0];
    const invocation = INVOCATION.exec(path);
    if (invocation !== null && request.method === 'POST') {
      const [, requestId, what] = invocation;
      if (what === 'response') runtime.response(requestId, request, response);
      else runtime.error(requestId, request, response);
      return;
    }
    const route = routes.get(`${request.method} ${path}`);
    if (route !== undefined) route(request, response);
    else refuseUnknown(response, [...routes.keys()].some((name) => name.endsWith(` ${path}`)) ? 405 : 404);
  });
  // Whoever waits for the next event may wait for days.
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.timeout = 0;
  server.keepAliveTimeout = 0;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server.address().port));
  });
}

/** `done(body, bytes)`; the body is undefined where it has more than `bytesMax`, and the rest of it is read and dropped. Not called if it breaks off. */
function readBody(request, bytesMax, done) {
  let chunks = [];
  let bytes = 0;
  request.on('data', (chunk) => {
    bytes += chunk.byteLength;
    if (bytes <= bytesMax) chunks.push(chunk);
    else chunks = [];
  });
  request.once('end', () => done(bytes <= bytesMax ? Buffer.concat(chunks) : undefined, bytes));
}

/** `done(value)`; undefined where it is no JSON object. */
function readJson(request, done) {
  readBody(request, SMALL_BODY_BYTES, (body) => {
    let value;
    try {
      value = body === undefined ? undefined : JSON.parse(body.toString('utf8'));
    } catch {
      // The route answers what is no JSON in the words of its API.
      value = undefined;
    }
    done(typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined);
  });
}

module.exports = { openServer, readBody, readJson };
