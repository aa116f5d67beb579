// The listener: connections, limits and the order in which a request is offered to routes and services.
// Owns: the HTTP server, and the count of requests that run.
// Never: closes a connection whose answer is under way, or lets a request wait for ever.
// I1: from drain() on every answer ends its connection, and every request that comes from outside is refused so that it can be sent again.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Principal } from '#identity';
import type { Clock, Log, Random, RequestId, Scope } from '#kernel';
import { parseQuery } from '#wire';
import { sendAnswer } from './answer.ts';
import { Authenticator } from './authenticate.ts';
import type { KeyRing } from './authenticate.ts';
import { acceptBody, BodyReceiver } from './body.ts';
import { handleCall } from './call.ts';
import type { CallTools } from './call.ts';
import { Connections } from './connections.ts';
import { ErrorTeller } from './error-teller.ts';
import { AuthenticationFailure, closingError, toApiError } from './failure.ts';
import { ExpressLane } from './front/index.ts';
import { FunctionUrls, matchUrl } from './function-urls/index.ts';
import type { FunctionUrlParts } from './function-urls/index.ts';
import { hostReader } from './host.ts';
import type { Services } from './service.ts';

export interface GatewayOptions {
  readonly services: Services;
  readonly identity: KeyRing;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Names besides localhost under which buckets and services appear as sub-domains. */
  readonly baseDomains?: readonly string[];
  /** Function URLs come before everything: they are the port's hottest path. */
  readonly functionUrls?: Pick<FunctionUrlParts, 'invocables' | 'invocations' | 'baseDomain'>;
  /** Tried in order before any service; connections from sandboxes do not reach them. */
  readonly routes?: readonly Route[];
  /** `mayfly dev`: an unknown key is the root, unverified. Never offer it beyond loopback. */
  readonly acceptAnyKey?: boolean;
  readonly limits?: Partial<GatewayLimits>;
}

export interface GatewayLimits {
  /** A request's head must be there by then. */
  readonly headersTimeoutMs: number;
  /** A sender of a body that is silent for this long is given up. */
  readonly stallTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly headerBytes: number;
  readonly connections: number;
  /** How long connections are silent before a gateway that closes ends them. */
  readonly quietMs: number;
  /** Bodies that are received whole, together. */
  readonly bufferedBytes: number;
}

const LIMITS: GatewayLimits = {
  headersTimeoutMs: 20_000,
  stallTimeoutMs: 60_000,
  // Longer than the SDKs keep theirs, so that the client closes first and no request meets a closing connection.
  keepAliveTimeoutMs: 75_000,
  headerBytes: 32 * 1024,
  connections: 10_000,
  quietMs: 250,
  bufferedBytes: 256 * 1024 * 1024,
};

/** Answers the request and says so, or leaves it to the next. */
export type Route = (request: IncomingMessage, response: ServerResponse, url: URL, door: RouteDoor) => boolean | Promise<boolean>;

/** What a route may ask of the gateway. */
export interface RouteDoor {
  readonly requestId: RequestId;
  /** Aborts when the gateway closes, so that answers without an end find one. */
  readonly closing: AbortSignal;
  /** Call it before reading the body: a sender that waits for `100 Continue` is told only then. */
  acceptBody(): void;
  /**
   * Who signed the request for that service (`lambda`): SigV4 over the body as it came. Anonymous where nothing is signed; throws ApiError
   * where a signature is wrong.
   */
  authenticate(signingName: string, body: Uint8Array): Promise<Principal>;
}

export interface ListenRequest {
  readonly host: string;
  /** 0 takes any. */
  readonly port: number;
  /** Who listens there already, where that needed rights that are gone: the gateway takes over from it. */
  readonly taken?: NetServer | undefined;
}

export interface Gateway {
  listen(request: ListenRequest): Promise<{ readonly host: string; readonly port: number }>;
  /** A connection from inside a sandbox, over whatever socket: only credentials of functions are accepted on it, and no route. */
  acceptConnection(socket: Duplex): void;
  /**
   * Refuses what comes from outside from now on, each request in its protocol and so that its sender tries again; what runs goes on, and functions
   * are served. The listener stays: a refusal says more than a port that is closed.
   */
  drain(): void;
  /** Finishes what runs, then closes; what still runs after the grace is cut. */
  close(graceMs?: number): Promise<void>;
}

export function createGateway(options: GatewayOptions): Gateway {
  return new HttpGateway(options);
}

class HttpGateway implements Gateway {
  readonly #options: GatewayOptions;
  readonly #tools: CallTools;
  readonly #functionUrls: FunctionUrls | undefined;
  readonly #server: Server;
  readonly #expressLane: ExpressLane | undefined;
  readonly #sandboxSockets = new WeakSet<Duplex>();
  readonly #idle: (() => void)[] = [];
  readonly #closing = new AbortController();
  readonly #connections: Connections;
  #running = 0;

  constructor(options: GatewayOptions) {
    const limits = { ...LIMITS, ...options.limits };
    const { clock, scope, log, services } = options;
    this.#options = options;
    this.#tools = {
      services,
      scope,
      clock,
      log,
      closing: this.#closing.signal,
      isDraining: () => this.#connections.isClosing,
      authenticator: new Authenticator({
        keys: options.identity,
        clock,
        acceptAnyKey: options.acceptAnyKey === true ? scope.account : undefined,
      }),
      bodies: new BodyReceiver({ clock, stallMs: limits.stallTimeoutMs, bufferedBytesMax: limits.bufferedBytes }),
      readHost: hostReader(options.baseDomains ?? []),
    };
    const { functionUrls } = options;
    this.#functionUrls = functionUrls && new FunctionUrls({ ...functionUrls, ...this.#tools, random: options.random });
    this.#server = createServer({
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      // A whole request may take as long as its body moves; body.ts watches that it does.
      requestTimeout: 0,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(5000, limits.headersTimeoutMs),
      noDelay: true,
    });
    this.#server.maxConnections = limits.connections;
    this.#connections = new Connections({ clock, quietMs: limits.quietMs });
    const take = (request: IncomingMessage, response: ServerResponse) => void this.#take(request, response);
    this.#server.on('request', take);
    // Without a listener of our own Node would tell every sender to go on, before anybody looked at its signature.
    this.#server.on('checkContinue', take);
    this.#server.on('clientError', refuse);
    this.#expressLane = this.#functionUrls && this.#openExpressLane(this.#functionUrls.express, limits.keepAliveTimeoutMs);
    this.#server.prependListener('connection', (socket: Socket) => {
      // Those of sandboxes end with their sandboxes.
      if (!this.#sandboxSockets.has(socket)) this.#connections.opened(socket);
    });
  }

  /** Puts the lane before Node's own listener, which gets what the lane leaves, and all connections from sandboxes. */
  #openExpressLane(urls: FunctionUrls['express'], idleTimeoutMs: number): ExpressLane {
    const [deliver] = this.#server.listeners('connection');
    assert(deliver !== undefined && this.#server.listenerCount('connection') === 1, 'Node listens in one place');
    const lane = new ExpressLane({
      clock: this.#options.clock,
      // Refusals are Node's to write: it knows every protocol.
      serve: (request, origin) => (this.#connections.isClosing ? undefined : urls.serve(request, origin)),
      learn: (request) => (this.#connections.isClosing ? undefined : urls.learn(request)),
      handOver: (socket) => deliver.call(this.#server, socket),
      began: () => void this.#running++,
      ended: () => this.#ended(),
      idleTimeoutMs,
    });
    this.#server.removeAllListeners('connection');
    this.#server.on('connection', (socket: Socket) => {
      if (this.#sandboxSockets.has(socket)) deliver.call(this.#server, socket);
      else lane.take(socket);
    });
    return lane;
  }

  listen({ host, port, taken }: ListenRequest): Promise<{ readonly host: string; readonly port: number }> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(taken ?? { host, port }, () => {
        this.#server.off('error', reject);
        const address = this.#server.address() as AddressInfo;
        resolve({ host: address.address, port: address.port });
      });
    });
  }

  acceptConnection(socket: Duplex): void {
    if (this.#closing.signal.aborted) {
      socket.destroy();
      return;
    }
    this.#sandboxSockets.add(socket);
    this.#server.emit('connection', socket);
  }

  drain(): void {
    this.#connections.beginClosing();
    this.#expressLane?.beginClosing();
  }

  async close(graceMs = 30_000): Promise<void> {
    this.drain();
    this.#closing.abort(new Error('The platform shuts down.'));
    const timer = this.#options.clock.after(graceMs, () => {
      this.#closeAllConnections();
      this.#connections.interrupt();
    });
    if (this.#running > 0) await new Promise<void>((resolve) => void this.#idle.push(resolve));
    // With the listener go the connections that the kernel has taken and we have not, by a reset: whoever comes is refused until nobody comes.
    await this.#connections.silence();
    // http.Server.close would cut idle connections at once, and with them requests that are on their way.
    const closed = new Promise<void>((resolve) => void NetServer.prototype.close.call(this.#server, () => resolve()));
    void this.#endConnections();
    // Connections of sandboxes are not the listener's: they end with their sandboxes.
    await closed;
    this.#connections.interrupt();
    timer.cancel();
    this.#server.close();
  }

  /** Ends those that are between two requests; the others are answered first. */
  async #endConnections(): Promise<void> {
    for (;;) {
      this.#server.closeIdleConnections();
      this.#expressLane?.closeIdleConnections();
      await nextTurn();
      if (this.#connections.count === 0) return;
      await this.#connections.silence();
    }
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#running++;
    const isFromSandbox = this.#sandboxSockets.has(request.socket);
    if (!isFromSandbox) this.#connections.began(response);
    const match = this.#functionUrls === undefined ? undefined : matchUrl(request);
    try {
      if (this.#functionUrls !== undefined && match !== undefined) {
        await this.#functionUrls.serve({ request, response, match, isFromSandbox });
        return;
      }
      const requestId = this.#options.random.uuid() as RequestId;
      if (!isFromSandbox && (await this.#offerToRoutes(request, response, requestId))) return;
      await handleCall(this.#tools, { request, response, requestId, isFromSandbox });
    } catch (error) {
      this.#options.log.write('error', 'gateway.failed', { resource: request.url, error });
      response.destroy();
    } finally {
      this.#connections.ended(response);
      this.#ended();
    }
  }

  #closeAllConnections(): void {
    this.#server.closeAllConnections();
    this.#expressLane?.closeAllConnections();
  }

  #ended(): void {
    this.#running--;
    if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #offerToRoutes(request: IncomingMessage, response: ServerResponse, requestId: RequestId): Promise<boolean> {
    const { routes = [] } = this.#options;
    const url = routes.length === 0 ? undefined : parseUrl(request);
    if (url === undefined) return false;
    const door = this.#door(request, response, requestId);
    try {
      if (this.#connections.isClosing && url.pathname.startsWith(OWN_PATHS)) throw closingError(undefined);
      for (const route of routes) {
        const answered = route(request, response, url, door);
        if (answered === true || (answered !== false && (await answered))) return true;
      }
      return false;
    } catch (error) {
      await this.#answerError(request, response, requestId, error);
      return true;
    }
  }

  /** What a route throws: an ApiError for the caller, or a bug. */
  async #answerError(request: IncomingMessage, response: ServerResponse, requestId: RequestId, error: unknown): Promise<void> {
    const { log, clock } = this.#options;
    const errors = new ErrorTeller({ log, requestId, method: request.method ?? 'GET', resource: request.url ?? '/' });
    errors.protocol = 'restJson1';
    const answer = errors.answer(error);
    if (response.headersSent) response.destroy();
    else
      await sendAnswer({
        request,
        response,
        answer: { ...answer, headers: { ...errors.identifyingHeaders(), ...answer.headers } },
        clock,
      });
  }

  #door(request: IncomingMessage, response: ServerResponse, requestId: RequestId): RouteDoor {
    return {
      requestId,
      closing: this.#closing.signal,
      acceptBody: () => acceptBody(request, response),
      authenticate: async (signingName, body) => {
        const target = request.url ?? '/';
        const question = target.indexOf('?');
        const path = question === -1 ? target : target.slice(0, question);
        const query = parseQuery(question === -1 ? '' : target.slice(question + 1)) ?? [];
        const wire = {
          method: request.method ?? 'GET',
          path,
          query,
          headers: request.headers as Record<string, string | undefined>,
        };
        try {
          const { principal, verifyBody } = await this.#tools.authenticator.authenticate({
            wire,
            signingName,
            resource: path,
            isFromSandbox: false,
            isOurHost: this.#tools.readHost(request.headers.host).isOurs,
          });
          verifyBody?.(body);
          return principal;
        } catch (error) {
          throw error instanceof AuthenticationFailure ? toApiError(error, 'lambda', 'restJson1') : error;
        }
      },
    };
  }
}

const OWN_PATHS = '/_mayfly/';

/** Undefined for a target that is no URL; the services refuse it in their own way. */
function parseUrl(request: IncomingMessage): URL | undefined {
  return URL.parse(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`) ?? undefined;
}

/** What is not HTTP, or too large or too slow a head, is told so where the socket still takes it. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
