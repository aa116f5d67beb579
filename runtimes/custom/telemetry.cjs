// The Telemetry API: extensions subscribe while the function starts, and get what happens and what is printed, in batches, at a listener of
// their own inside the sandbox. https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html
//
// Owns: the subscriptions, and what waits for them. Invariants: I1 one batch at a time is on its way to a subscriber, in order. I2 no more than
// WAITING_BYTES_MAX wait for one; what is dropped is counted, and told as platform.logsDropped.
'use strict';

const http = require('node:http');
const { refuse, sendJson } = require('./refusals.cjs');
const { readJson } = require('./server.cjs');

const SCHEMA_VERSIONS = ['2022-07-01', '2022-12-13', '2025-01-29'];
const TYPES = ['platform', 'function', 'extension'];
const DEFAULTS = { maxItems: 10_000, maxBytes: 256 * 1024, timeoutMs: 1000 };
const BOUNDS = { maxItems: [1000, 10_000], maxBytes: [262_144, 1_048_576], timeoutMs: [25, 30_000] };
const WAITING_BYTES_MAX = 4 * 1024 * 1024;
const LOSS = 'platform.logsDropped';
const DELIVERY_TIMEOUT_MS = 10_000;
/** Where an extension's own listener is, by the names that Lambda's documentation gives it. */
const HOSTS = new Set(['sandbox.localdomain', 'sandbox', '127.0.0.1', 'localhost']);

class Telemetry {
  #extensions;
  #subscribers = new Map();
  /** What came before anybody could subscribe; kept until the start is over. */
  #early = [];
  #isOpen = true;

  constructor(extensions) {
    this.#extensions = extensions;
  }

  wants(type) {
    return [...this.#subscribers.values()].some((subscriber) => subscriber.types.has(type));
  }

  /** `type` is `function`, `extension` or `platform.…`; `record` is text or an object. */
  emit(type, record, timeMs = Date.now()) {
    const category = type.startsWith('platform.') ? 'platform' : type;
    if (!this.#isOpen && this.#subscribers.size === 0) return;
    const event = { category, isLoss: type === LOSS, text: JSON.stringify({ time: new Date(timeMs).toISOString(), type, record }) };
    if (this.#isOpen) this.#early.push(event);
    for (const subscriber of this.#subscribers.values()) subscriber.add(event);
  }

  /** The start is over: nobody may subscribe any more. */
  close() {
    this.#isOpen = false;
    this.#early = [];
  }

  /** Sends what waits; resolves when it arrived, or could not. */
  async flush() {
    await Promise.all([...this.#subscribers.values()].map((subscriber) => subscriber.flush()));
  }

  refuseLogs(response) {
    // With 202, as Lambda's emulator: programs that only know the older API go on without it.
    sendJson(response, 202, { errorMessage: 'Logs API is not supported', errorType: 'Logs.NotSupported' });
  }

  subscribe(request, response) {
    const extension = this.#extensions.identified(request, response);
    if (extension === undefined) return;
    if (!this.#isOpen) {
      refuse(response, 403, 'Telemetry.SubscriptionClosed', 'Telemetry API subscription is closed');
      return;
    }
    readJson(request, (body) => {
      const wrong = whatIsWrong(body);
      if (wrong !== undefined) {
        refuse(response, 400, 'ValidationError', wrong);
        return;
      }
      const types = new Set(body.types);
      const url = new URL(body.destination.URI);
      const dropped = (record) => this.emit(LOSS, record);
      const subscriber = new Subscriber({ url, types, limits: { ...DEFAULTS, ...body.buffering }, dropped });
      this.#subscribers.set(extension.id, subscriber);
      for (const event of this.#early) subscriber.add(event);
      sendJson(response, 200, 'OK');
      this.emit('platform.telemetrySubscription', { name: extension.name, state: 'Subscribed', types: body.types });
    });
  }
}

/** A sentence, or undefined where the subscription can be honoured. */
function whatIsWrong(body) {
  if (body === undefined) return 'The body is no JSON object';
  const { schemaVersion, types, destination, buffering = {} } = body;
  if (!SCHEMA_VERSIONS.includes(schemaVersion)) return `schemaVersion must be one of ${SCHEMA_VERSIONS.join(', ')}`;
  if (!Array.isArray(types) || types.length === 0 || types.some((type) => !TYPES.includes(type)))
    return `types must be a list of ${TYPES.join(', ')}`;
  if (destination?.protocol !== 'HTTP') return 'destination.protocol must be HTTP: TCP is not served here';
  if (!isLocal(destination.URI)) return 'destination.URI must be http://sandbox.localdomain with a port';
  if (typeof buffering !== 'object' || buffering === null) return 'buffering must be an object';
  for (const [name, [least, most]] of Object.entries(BOUNDS)) {
    const value = buffering[name];
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most))
      return `buffering.${name} must be an integer from ${least} to ${most}`;
  }
  return undefined;
}

function isLocal(uri) {
  if (typeof uri !== 'string' || !URL.canParse(uri)) return false;
  const { protocol, hostname } = new URL(uri);
  return protocol === 'http:' && HOSTS.has(hostname);
}

class Subscriber {
  types;
  #url;
  #limits;
  #dropped;
  /** The batch that grows, and those that wait for the one that is on its way. */
  #batch = [];
  #batchBytes = 0;
  #hasNews = false;
  #queue = [];
  #waitingBytes = 0;
  #timer;
  #sending;

  constructor({ url, types, limits, dropped }) {
    this.types = types;
    this.#url = url;
    this.#limits = limits;
    this.#dropped = dropped;
  }

  add({ category, isLoss, text }) {
    if (!this.types.has(category)) return;
    const bytes = Buffer.byteLength(text);
    if (this.#waitingBytes + bytes > WAITING_BYTES_MAX) {
      // Not while this event is being handed out: the loss is an event itself.
      this.#lost.droppedBytes += bytes;
      this.#lost.droppedRecords += 1;
      return;
    }
    this.#batch.push(text);
    this.#hasNews ||= !isLoss;
    this.#batchBytes += bytes;
    this.#waitingBytes += bytes;
    if (this.#batch.length >= this.#limits.maxItems || this.#batchBytes >= this.#limits.maxBytes) this.#cut();
    else this.#timer ??= setTimeout(() => this.#cut(), this.#limits.timeoutMs);
  }

  async flush() {
    this.#cut();
    while (this.#sending !== undefined) await this.#sending;
  }

  #lost = { droppedBytes: 0, droppedRecords: 0 };

  #cut() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#batch.length > 0) this.#queue.push({ texts: this.#batch, bytes: this.#batchBytes, hasNews: this.#hasNews });
    this.#batch = [];
    this.#batchBytes = 0;
    this.#hasNews = false;
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined));
  }

  /** I1 */
  async #sendAll() {
    for (let batch = this.#queue.shift(); batch !== undefined; batch = this.#queue.shift()) {
      const failure = await post(this.#url, `[${batch.texts.join(',')}]`);
      this.#waitingBytes -= batch.bytes;
      // The loss of nothing but losses is not told: it would be lost again, for ever.
      if (failure !== undefined && batch.hasNews) {
        this.#dropped({
          droppedBytes: batch.bytes,
          droppedRecords: batch.texts.length,
          reason: `could not send events: ${failure}`,
        });
      }
      this.#tellLost();
    }
  }

  /** I2 */
  #tellLost() {
    if (this.#lost.droppedRecords === 0) return;
    const reason = 'Some logs were dropped because the downstream consumer is slower than the logs production rate';
    const lost = this.#lost;
    this.#lost = { droppedBytes: 0, droppedRecords: 0 };
    this.#dropped({ ...lost, reason });
  }
}

/** Resolves with what went wrong, or undefined. */
function post({ port, pathname, search }, text) {
  return new Promise((resolve) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
    const options = { host: '127.0.0.1', port, path: pathname + search, method: 'POST', headers, timeout: DELIVERY_TIMEOUT_MS };
    const request = http.request(options, (answer) => {
      answer.resume();
      answer.once('close', () => resolve(answer.statusCode < 400 ? undefined : `status ${answer.statusCode}`));
    });
    request.once('timeout', () => request.destroy(new Error(`no answer within ${DELIVERY_TIMEOUT_MS} ms`)));
    request.once('error', (error) => resolve(error.message));
    request.end(text);
  });
}

module.exports = { Telemetry };
