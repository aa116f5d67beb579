// Answers of the runtime, extensions and telemetry APIs, word for word as Lambda's own give them: clients and their tests look at them.
'use strict';

function sendJson(response, status, body, headers = {}) {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text), ...headers });
  response.end(text);
}

function refuse(response, status, errorType, errorMessage) {
  sendJson(response, status, { errorMessage, errorType });
}

const accept = (response) => sendJson(response, 202, { status: 'OK' });

const NOT_ALLOWED = 'State transition is not allowed';

function refuseRuntimeTransition(response, from, to) {
  const message = `State transition from ${from} to ${to} failed for runtime. Error: ${NOT_ALLOWED}`;
  refuse(response, 403, 'InvalidStateTransition', message);
}

function refuseExtensionTransition(response, from, to, name) {
  const message = `State transition from ${from} to ${to} failed for extension ${name}. Error: ${NOT_ALLOWED}`;
  refuse(response, 403, 'Extension.InvalidExtensionState', message);
}

/** What nobody serves, as the router of Lambda's API answers it. */
function refuseUnknown(response, status = 404) {
  const text = status === 405 ? '' : '404 page not found\n';
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': text.length });
  response.end(text);
}

module.exports = { accept, refuse, refuseExtensionTransition, refuseRuntimeTransition, refuseUnknown, sendJson };
