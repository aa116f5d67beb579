// The Extensions API: who registered, who waits for which event, and who has not asked for the next one yet.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
//
// Owns: the extensions of this sandbox, at most ten. An external one is a program of /opt/extensions and known by its file name before it
// registers; an internal one is whoever else registers, inside the runtime.
'use strict';

const { randomUUID } = require('node:crypto');
const { accept, refuse, refuseExtensionTransition, sendJson } = require('./refusals.cjs');
const { readJson } = require('./server.cjs');

const EXTENSIONS_MAX = 10;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

class Extensions {
  #listener;
  #constants = {};
  #byName = new Map();
  #isClosed = false;

  /** `listener`: registered(extension), ready(extension), failed(extension, kind, errorType) */
  constructor(listener) {
    this.#listener = listener;
  }

  /** `names`: the external ones, before they are started. */
  expect(names, constants) {
    this.#constants = constants;
    for (const name of names) this.#byName.set(name, newExtension(name, true));
  }

  get all() {
    return [...this.#byName.values()];
  }

  get external() {
    return this.all.filter((extension) => extension.isExternal);
  }

  get areRegistered() {
    return this.external.every((extension) => extension.state !== 'Started');
  }

  /** Whether every one of them waits for an event. */
  get areReady() {
    return this.all.every((extension) => extension.state === 'Ready');
  }

  named(name) {
    return this.#byName.get(name);
  }

  withId(identifier) {
    return this.all.find((extension) => extension.id === identifier);
  }

  /** No extension may register from now on. */
  close() {
    this.#isClosed = true;
  }

  invoke(head) {
    this.#send('INVOKE', {
      eventType: 'INVOKE',
      deadlineMs: head.deadlineMs,
      requestId: head.requestId,
      invokedFunctionArn: head.arn,
      ...(head.traceHeader === undefined ? {} : { tracing: { type: 'X-Amzn-Trace-Id', value: head.traceHeader } }),
    });
  }

  shutdown(reason, deadlineMs) {
    this.#send('SHUTDOWN', { eventType: 'SHUTDOWN', deadlineMs, shutdownReason: reason });
  }

  /** Those that did not subscribe go on waiting. One that does not wait yet gets it when it asks. */
  #send(type, event) {
    for (const extension of this.all) {
      if (!extension.events.includes(type)) continue;
      extension.pending = event;
      this.#deliver(extension);
    }
  }

  #deliver(extension) {
    const { pending, waiting } = extension;
    if (pending === undefined || waiting === undefined) return;
    extension.pending = undefined;
    extension.waiting = undefined;
    extension.state = 'Running';
    sendJson(waiting, 200, pending, { 'Lambda-Extension-Event-Identifier': randomUUID() });
  }

  register(request, response) {
    const name = request.headers['lambda-extension-name'];
    if (name === undefined || name === '') {
      refuse(response, 403, 'Extension.InvalidExtensionName', 'Empty extension name');
      return;
    }
    readJson(request, (body) => {
      const events = body?.events ?? [];
      if (body === undefined || !Array.isArray(events))
        refuse(response, 403, 'InvalidRequestFormat', 'The body is no JSON object with a list of events');
      else this.#register(name, events, request, response);
    });
  }

  #register(name, events, request, response) {
    const known = this.#byName.get(name);
    const isExternal = known?.isExternal === true;
    const unknown = events.find((event) => event !== 'INVOKE' && event !== 'SHUTDOWN');
    if (unknown !== undefined) {
      refuse(response, 403, 'Extension.InvalidEventType', `${unknown}: ErrorInvalidEventType`);
    } else if (!isExternal && events.includes('SHUTDOWN')) {
      refuse(response, 403, 'Extension.InvalidEventType', 'SHUTDOWN: ShutdownEventNotSupportedForInternalExtension');
    } else if (isExternal && known.state !== 'Started') {
      refuseExtensionTransition(response, known.state, 'Registered', name);
    } else if (!isExternal && this.#isClosed) {
      refuse(response, 403, 'Extension.RegistrationClosed', 'Extension registration closed already');
    } else if (!isExternal && known !== undefined) {
      refuse(response, 403, 'Extension.InvalidExtensionState', 'Extension with this name already registered');
    } else if (!isExternal && this.#byName.size >= EXTENSIONS_MAX) {
      refuse(response, 403, 'Extension.TooManyExtensions', `Extension limit (${EXTENSIONS_MAX}) reached`);
    } else {
      const extension = known ?? newExtension(name, false);
      this.#byName.set(name, extension);
      extension.state = 'Registered';
      extension.events = [...new Set(events)];
      this.#welcome(extension, request, response);
      this.#listener.registered(extension);
    }
  }

  #welcome(extension, request, response) {
    const { functionName, functionVersion, handler, accountId } = this.#constants;
    const features = (request.headers['lambda-extension-accept-feature'] ?? '').split(',').map((feature) => feature.trim());
    const body = { functionName, functionVersion, handler };
    if (features.includes('accountId') && accountId !== undefined) body.accountId = accountId;
    sendJson(response, 200, body, { 'Lambda-Extension-Identifier': extension.id });
  }

  next(request, response) {
    const extension = this.identified(request, response);
    if (extension === undefined) return;
    if (!['Registered', 'Running', 'Ready'].includes(extension.state)) {
      refuseExtensionTransition(response, extension.state, 'Ready', extension.id);
      return;
    }
    extension.state = 'Ready';
    extension.waiting = response;
    response.once('close', () => {
      if (extension.waiting === response) extension.waiting = undefined;
    });
    this.#listener.ready(extension);
    this.#deliver(extension);
  }

  initError(request, response) {
    this.#failed(request, response, 'InitError', ['Registered', 'InitError']);
  }

  exitError(request, response) {
    this.#failed(request, response, 'ExitError', ['Registered', 'Ready', 'Running', 'ExitError']);
  }

  /** Only the first one counts. */
  #failed(request, response, state, from) {
    const errorType = request.headers['lambda-extension-function-error-type'];
    const extension = this.identified(request, response);
    if (extension === undefined) return;
    if (errorType === undefined || errorType === '') {
      refuse(response, 403, 'Extension.MissingHeader', 'Lambda-Extension-Function-Error-Type not found');
      return;
    }
    if (!from.includes(extension.state)) {
      refuseExtensionTransition(response, extension.state, state, extension.id);
      return;
    }
    const isFirst = extension.state !== state;
    extension.state = state;
    request.resume();
    accept(response);
    if (isFirst) this.#listener.failed(extension, state, errorType);
  }

  /** The extension that sent the request; undefined where the answer is given already. */
  identified(request, response) {
    const identifier = request.headers['lambda-extension-identifier'];
    if (identifier === undefined || identifier === '') {
      refuse(response, 403, 'Extension.MissingExtensionIdentifier', 'Missing Lambda-Extension-Identifier header');
      return undefined;
    }
    if (!UUID.test(identifier)) {
      refuse(response, 403, 'Extension.InvalidExtensionIdentifier', 'Invalid Lambda-Extension-Identifier');
      return undefined;
    }
    const extension = this.withId(identifier.toLowerCase());
    if (extension === undefined) refuse(response, 403, 'Extension.UnknownExtensionIdentifier', `Unknown extension ${identifier}`);
    return extension;
  }
}

/** States, in Lambda's words: Started, Registered, Ready, Running, InitError, ExitError, Exited. */
function newExtension(name, isExternal) {
  return { name, isExternal, id: randomUUID(), state: 'Started', events: [], waiting: undefined, pending: undefined };
}

module.exports = { Extensions, EXTENSIONS_MAX };
