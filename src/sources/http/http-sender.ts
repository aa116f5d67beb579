// Sends the platform's own requests to servers elsewhere: webhooks, API destinations, token endpoints.
// Owns: the connections to them.
// Never: connects to an address that was not checked, follows a redirect, or trusts a certificate that the machine does not.
// I1: of a name, every address is checked before any is connected to, and the connection goes to one that was checked.
// I2: a request ends within its time, and holds no more of an answer than LIMITS says.

import { Agent as PlainAgent, request as requestPlain } from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { Agent as SecureAgent, request as requestSecure } from 'node:https';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { isPublicAddress, LIMITS } from '#kernel';
import type { Clock } from '#kernel';
import { networkResolver, systemResolver } from './resolve.ts';
import type { Resolve } from './resolve.ts';
import type { WebAnswer, WebRequest, WebResult } from './web-request.ts';

/** `any` lets requests reach the operator's own network, loopback and metadata services: for those who trust whoever may name destinations. */
export type HttpTargets = 'public' | 'any';

export interface HttpSenderParts {
  readonly clock: Clock;
  readonly targets: HttpTargets;
  readonly resolve?: Resolve;
  /** Connections at once, to one server and in all; those of the courier where nothing is said. */
  readonly sockets?: { readonly perServer: number; readonly inAll: number };
}

export interface HttpSender {
  send(request: WebRequest): Promise<WebResult>;
  /** For those who want all of an answer: its bytes as they came, each value of each header. */
  exchange(request: WebRequest): Promise<WebAnswer>;
  /** Ends idle connections. */
  close(): void;
}

const AGENT = { keepAlive: true, maxFreeSockets: 4, timeout: 5000 } as const;
const COURIERS = { perServer: LIMITS.remoteOutboxInFlightPerTarget, inAll: LIMITS.remoteOutboxInFlight };

/** Ours to say: what frames a request, and where it goes. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function createHttpSender(parts: HttpSenderParts): HttpSender {
  const { clock, targets, resolve = targets === 'public' ? networkResolver() : systemResolver(), sockets = COURIERS } = parts;
  const options = { ...AGENT, maxSockets: sockets.perServer, maxTotalSockets: sockets.inAll };
  const agents = { 'http:': new PlainAgent(options), 'https:': new SecureAgent(options) };
  const answer = async (request: WebRequest): Promise<WebAnswer> => {
    const url = URL.parse(request.url);
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
      return { kind: 'refused', reason: 'The destination is no http or https URL.' };
    const deadline = new Deadline(clock, request);
    try {
      const addresses = await deadline.within(addressesOf(url, resolve));
      if (targets === 'public' && !addresses.every((address) => isPublicAddress(address)))
        return { kind: 'refused', reason: `${url.host} is not on the public internet. ${HOW_TO_ALLOW}` };
      return await exchange({ url, request, addresses, deadline, agent: agents[url.protocol] });
    } catch (error) {
      return failureOf(error, url);
    } finally {
      deadline.end();
    }
  };
  return {
    exchange: answer,
    send: async (request) => resultOf(await answer(request)),
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

const HOW_TO_ALLOW = 'The operator can allow such destinations with --http-targets any (MAYFLY_HTTP_TARGETS).';

async function addressesOf(url: URL, resolve: Resolve): Promise<readonly string[]> {
  // Odd forms of a literal (0x7f.1, 2130706433) are read by the URL's parser, and are plain by now.
  const host = hostOf(url);
  return isIP(host) === 0 ? resolve(host) : [host];
}

function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

interface Exchange {
  readonly url: URL;
  readonly request: WebRequest;
  readonly addresses: readonly string[];
  readonly deadline: Deadline;
  readonly agent: PlainAgent | SecureAgent;
}

async function exchange(parts: Exchange): Promise<WebAnswer> {
  const { answerBytes = LIMITS.webAnswerBytes } = parts.request;
  const first = begin(parts, parts.agent);
  try {
    return await parts.deadline.within(answerOf(first, answerBytes));
  } catch (error) {
    first.destroy();
    // The server closed an idle connection just as it was used: nothing of this request was read.
    if (!first.reusedSocket || !isReset(error)) throw error;
    const again = begin(parts, false);
    try {
      return await parts.deadline.within(answerOf(again, answerBytes));
    } finally {
      again.destroy();
    }
  }
}

function begin({ url, request, addresses }: Exchange, agent: PlainAgent | SecureAgent | false): ClientRequest {
  const { method, body } = request;
  const hasBody = body.byteLength > 0 && method !== 'GET' && method !== 'HEAD';
  const options: RequestOptions = {
    protocol: url.protocol,
    hostname: hostOf(url),
    port: url.port,
    path: url.pathname + url.search,
    method,
    headers: { ...headersOf(request), ...(hasBody ? { 'content-length': body.byteLength } : {}) },
    agent,
    lookup: answering(addresses),
    ...(url.username === '' ? {} : { auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` }),
  };
  const started = url.protocol === 'https:' ? requestSecure(options) : requestPlain(options);
  return started.end(hasBody ? body : undefined);
}

function headersOf({ headers }: WebRequest): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name.toLowerCase())));
}

/** The addresses that were checked, instead of another resolution (I1). */
function answering(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, { all }, done) => {
    const [first = { address: '', family: 0 }] = found;
    if (all === true) done(null, found);
    else done(null, first.address, first.family);
  };
}

function answerOf(request: ClientRequest, bytesMax: number): Promise<WebAnswer> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const done = (): void => resolve(answered(response, Buffer.concat(chunks), bytesMax));
      response.on('error', reject);
      response.on('end', done);
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.byteLength;
        if (bytes <= bytesMax) return;
        done();
        request.destroy();
      });
    });
  });
}

function answered(
  { statusCode = 0, statusMessage = '', headersDistinct }: IncomingMessage,
  content: Buffer,
  bytesMax: number,
): WebAnswer {
  return {
    kind: 'answered',
    status: statusCode,
    statusText: statusMessage,
    headers: Object.entries(headersDistinct).map(([name, values = []]) => [name, values]),
    content: content.subarray(0, bytesMax),
    isCut: content.byteLength > bytesMax,
  };
}

function resultOf(answer: WebAnswer): WebResult {
  if (answer.kind !== 'answered') return answer;
  const { kind, status, headers, content } = answer;
  const texts = headers.map(([name, values]) => [name, values.join(', ')] as const);
  return { kind, status, headers: Object.fromEntries(texts), body: content.toString() };
}

function isReset(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

class OutOfTime extends Error {}
class Ended extends Error {}

/** Ends whatever is under way when the request's time is over, or when its caller gives up. */
class Deadline {
  readonly #over: Promise<never>;
  readonly end: () => void;

  constructor(clock: Clock, { timeoutMs, signal }: WebRequest) {
    const { promise, reject } = Promise.withResolvers<never>();
    // It may be over when nobody waits.
    promise.catch(() => undefined);
    const timer = clock.after(timeoutMs, () => reject(new OutOfTime()));
    const abort = (): void => reject(new Ended());
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort);
    this.#over = promise;
    this.end = () => {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
    };
  }

  within<Value>(work: Promise<Value>): Promise<Value> {
    return Promise.race([work, this.#over]);
  }
}

function failureOf(error: unknown, { host }: URL): Exclude<WebAnswer, { readonly kind: 'answered' }> {
  if (error instanceof OutOfTime) return { kind: 'unreachable', isTimeout: true, reason: `${host} did not answer in time.` };
  if (error instanceof Ended) return { kind: 'unreachable', isTimeout: false, reason: 'The request was ended.' };
  const { code = '', message } = error as NodeJS.ErrnoException;
  // What Node does not put on a wire: a header with a line break, a method that is none.
  if (code.startsWith('ERR_INVALID') || code.startsWith('ERR_HTTP_INVALID') || code === 'ERR_UNESCAPED_CHARACTERS')
    return { kind: 'refused', reason: `The request cannot be sent: ${message}.` };
  return {
    kind: 'unreachable',
    isTimeout: code === 'ETIMEDOUT',
    reason: `${host} could not be reached: ${code === '' ? message : code}.`,
  };
}
