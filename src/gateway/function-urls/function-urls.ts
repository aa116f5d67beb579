// Function URLs: an HTTP request in, an invocation, an HTTP answer out. The platform's hottest path: no model, no codec in between.
// Owns: nothing.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { callerArn } from '#identity';
import type { Principal } from '#identity';
import { traceHeader } from '#invocation';
import type { AttemptResult, Invocations } from '#invocation';
import { LIMITS } from '#kernel';
import type { Clock, Log, Random, RequestId } from '#kernel';
import type { Invocables, InvocableFunction, ResolvedFunctionUrl } from '#registry';
import { parseQuery } from '#wire';
import { sinkOf } from '../answer-sink.ts';
import { sendAnswer } from '../answer.ts';
import type { Authenticated, Authenticator } from '../authenticate.ts';
import type { BodyReceiver } from '../body.ts';
import { EXPLAIN, explanationHeaders } from '../explanation-headers.ts';
import { originOf } from '../front/index.ts';
import { ExpressUrls } from './express-urls.ts';
import { beginInvocation } from '../streamed-invocation.ts';
import type { InvocationBeginning } from '../streamed-invocation.ts';
import { UrlGate } from './url-access.ts';
import { isPreflight, preflightHeaders, withCors } from './url-cors.ts';
import { urlEvent } from './url-event.ts';
import type { UrlCaller } from './url-event.ts';
import { domainNameOf } from './url-match.ts';
import type { UrlMatch } from './url-match.ts';
import { answerStream } from './url-stream.ts';
import { closing, forbidden, refusalBody, refusalHeaders, tooLarge, UrlRefusal } from './url-refusal.ts';
import { answerIn, refusalOf, returnedOf } from './url-result.ts';

export interface FunctionUrlParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly invocables: Pick<Invocables, 'resolve' | 'resolveUrl' | 'knownUrl' | 'policyAllows'>;
  readonly invocations: Pick<Invocations, 'invoke'>;
  readonly authenticator: Authenticator;
  readonly bodies: BodyReceiver;
  /** What URLs end in that we hand out: `localhost`, or the operator's domain. */
  readonly baseDomain: string;
  /** What comes from outside is refused, for the platform is going down. */
  readonly isDraining: () => boolean;
}

export interface UrlRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly match: UrlMatch;
  readonly isFromSandbox: boolean;
}

export class FunctionUrls {
  /** The same URLs for requests that came whole. */
  readonly express: ExpressUrls;
  readonly #parts: FunctionUrlParts;
  readonly #gate: UrlGate;

  constructor(parts: FunctionUrlParts) {
    this.#parts = parts;
    this.#gate = new UrlGate(parts.invocables);
    this.express = new ExpressUrls(parts, this.#gate);
  }

  /** Answers the request, whatever happens. Never rejects. */
  async serve(call: UrlRequest): Promise<void> {
    const requestId = this.#parts.random.uuid() as RequestId;
    try {
      await this.#serve(call, requestId);
    } catch (error) {
      await this.#refuse(call, requestId, refusalOf(error, { requestId, log: this.#parts.log }));
    }
  }

  async #serve(call: UrlRequest, requestId: RequestId): Promise<void> {
    const { request, response, match } = call;
    const { invocables, invocations } = this.#parts;
    if (!call.isFromSandbox && this.#parts.isDraining()) throw closing();
    const url = await invocables.resolveUrl(match.urlId);
    if (url === undefined) throw new UrlRefusal(404, 'ResourceNotFoundException', 'No function has this URL.');
    const method = request.method ?? 'GET';
    if (url.cors !== undefined && isPreflight(method, request.headers)) {
      send(response, requestId, 200, preflightHeaders(url.cors, request.headers), EMPTY, false);
      return;
    }
    const invocable = await invocables.resolve(url.scope, url);
    const authenticated = await this.#admit(call, url, invocable);
    const body = await this.#receive(call, authenticated);
    const trace = traceHeader(header(request, 'x-amzn-trace-id'), requestId, this.#parts.clock.now());
    const payload = this.#event(call, url, { requestId, body, trace, principal: authenticated?.principal });
    if (payload.byteLength > LIMITS.invokePayloadBytes) throw tooLarge();
    const invocation = { requestId, invocable, payload, traceHeader: trace };
    if (url.invokeMode === 'RESPONSE_STREAM') {
      await this.#stream(call, url, await beginInvocation(invocations, invocation), { requestId, trace });
      return;
    }
    const result = await invocations.invoke(invocation);
    if (response.destroyed) return;
    this.#answer(call, url, requestId, result);
  }

  async #stream(
    { request, response }: UrlRequest,
    { cors, name }: ResolvedFunctionUrl,
    beginning: InvocationBeginning,
    { requestId, trace }: { readonly requestId: RequestId; readonly trace: string },
  ): Promise<void> {
    const isHead = request.method === 'HEAD';
    const withOwn = (headers: string[]) => {
      headers.push('x-amzn-trace-id', trace);
      return cors === undefined ? headers : withCors(cors, request.headers.origin, headers);
    };
    if (beginning.kind === 'whole') {
      if (response.destroyed) return;
      // What a handler returns that does not stream is the body as it stands, whatever it looks like.
      const { payload } = returnedOf(beginning.result).answer;
      send(response, requestId, 200, withOwn(['content-type', 'application/json']), payload, isHead);
      return;
    }
    const end = await answerStream({
      response: beginning.response,
      result: beginning.result,
      sink: sinkOf(response),
      isHead,
      withOwn: (headers) => [...withOwn(headers), 'x-amzn-requestid', requestId],
    });
    if (end !== 'whole') this.#parts.log.write('info', `function-url.stream-${end}`, { requestId, function: name });
  }

  /** Who called, where the URL asks for a signature; undefined where it does not. */
  async #admit(call: UrlRequest, url: ResolvedFunctionUrl, invocable: InvocableFunction): Promise<Authenticated | undefined> {
    if (url.authType === 'NONE') {
      const access = this.#gate.known(invocable) ?? (await this.#gate.everybody(url, invocable));
      if (access.kind === 'denied') throw this.#forbidden(url, access.missing);
      return undefined;
    }
    const { request, match } = call;
    const target = request.url ?? '/';
    const path = target.slice(0, target.length - match.rawQuery.length - (target.includes('?') ? 1 : 0));
    const parameters = parseQuery(match.rawQuery);
    if (parameters === undefined)
      throw new UrlRefusal(400, 'ValidationException', 'The query string is not percent-encoded UTF-8.');
    const headers = request.headers as Record<string, string | undefined>;
    const wire = { method: request.method ?? 'GET', path, query: parameters, headers };
    const authenticated = await this.#parts.authenticator.authenticate({
      wire,
      signingName: 'lambda',
      resource: path,
      isFromSandbox: call.isFromSandbox,
      // The name has the URL's own id in it, which no other site's page knows.
      isOurHost: true,
    });
    const access = this.#gate.signed(authenticated.principal, url);
    if (access.kind === 'denied') throw this.#forbidden(url, access.missing);
    return authenticated;
  }

  #forbidden({ urlId, name }: ResolvedFunctionUrl, missing: string): UrlRefusal {
    this.#parts.log.write('info', 'function-url.forbidden', { urlId, function: name, missing });
    return forbidden();
  }

  async #receive({ request, response }: UrlRequest, authenticated: Authenticated | undefined): Promise<readonly Uint8Array[]> {
    const headers = request.headers as Record<string, string | undefined>;
    const received = await this.#parts.bodies.whole({ request, response, headers }, undefined, LIMITS.invokePayloadBytes);
    try {
      if (authenticated?.verifyBody === undefined) return received.parts;
      authenticated.verifyBody(received.bytes);
      return [received.bytes];
    } finally {
      // From here on the bytes are the invocation's, which has a bound of its own.
      received.release();
    }
  }

  #event(
    { request, match }: UrlRequest,
    url: ResolvedFunctionUrl,
    about: { requestId: string; body: readonly Uint8Array[]; trace: string; principal: Principal | undefined },
  ): Buffer {
    return urlEvent({
      requestId: about.requestId,
      nowMs: this.#parts.clock.now(),
      urlId: url.urlId,
      domainName: domainNameOf(match, url.scope.region, this.#parts.baseDomain),
      method: request.method ?? 'GET',
      httpVersion: request.httpVersion,
      rawPath: match.rawPath,
      rawQuery: match.rawQuery,
      rawHeaders: request.rawHeaders,
      ...originOf(request.socket),
      traceHeader: about.trace,
      body: about.body,
      caller: about.principal === undefined ? undefined : callerOf(about.principal),
    });
  }

  #answer({ request, response }: UrlRequest, url: ResolvedFunctionUrl, requestId: RequestId, result: AttemptResult): void {
    const returned = returnedOf(result);
    const answer = answerIn(returned.answer.payload, { requestId, functionName: url.name, log: this.#parts.log });
    const headers = url.cors === undefined ? answer.headers : withCors(url.cors, request.headers.origin, answer.headers);
    // A URL that anybody may call tells nobody how busy its function is.
    const explanation = url.authType === 'AWS_IAM' ? explanationHeaders(returned, header(request, EXPLAIN)) : undefined;
    for (const [name, value] of Object.entries(explanation ?? {})) headers.push(name, value);
    send(response, requestId, answer.status, headers, answer.body, request.method === 'HEAD');
  }

  async #refuse({ request, response }: UrlRequest, requestId: RequestId, refusal: UrlRefusal): Promise<void> {
    if (response.headersSent) return;
    const { status } = refusal;
    const headers = refusalHeaders(refusal, requestId);
    if (status === 503) response.shouldKeepAlive = false;
    await sendAnswer({
      request,
      response,
      answer: { status, headers, body: refusalBody(refusal) },
      clock: this.#parts.clock,
    });
  }
}

const EMPTY = Buffer.alloc(0);

function send(
  response: ServerResponse,
  requestId: string,
  status: number,
  headers: string[],
  body: Uint8Array,
  isHead: boolean,
): void {
  const mayHaveBody = status !== 204 && status !== 304;
  headers.push('x-amzn-requestid', requestId);
  if (mayHaveBody) headers.push('content-length', String(body.byteLength));
  response.writeHead(status, headers);
  if (mayHaveBody && !isHead && body.byteLength > 0) response.end(body);
  else response.end();
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function callerOf(principal: Principal): UrlCaller | undefined {
  if (principal.kind === 'anonymous') return undefined;
  const { account, accessKeyId } = principal;
  const userId = principal.kind === 'root' ? account : `${accessKeyId}:${principal.functionArn.split(':')[6] ?? ''}`;
  return { accountId: account, accessKeyId, userArn: callerArn(principal), userId };
}
