// Function URLs on the express lane: what is known in memory, open to everybody and answered as a whole is served from here without a
// model, a stream or a lookup that waits. Everything else takes the way through function-urls.ts.
// Owns: nothing.

import type { RequestId } from '#kernel';
import { LIMITS } from '#kernel';
import { traceHeader } from '#invocation';
import type { InvocableFunction, KnownUrl } from '#registry';
import type { Origin, WholeAnswer, WholeRequest } from '../front/index.ts';
import type { FunctionUrlParts } from './function-urls.ts';
import type { UrlGate } from './url-access.ts';
import { urlEvent } from './url-event.ts';
import { domainNameOf, matchTarget } from './url-match.ts';
import type { UrlMatch } from './url-match.ts';
import { refusalBody, refusalHeaders, tooLarge } from './url-refusal.ts';
import { answerIn, refusalOf, returnedOf } from './url-result.ts';

export class ExpressUrls {
  readonly #parts: FunctionUrlParts;
  readonly #gate: UrlGate;

  constructor(parts: FunctionUrlParts, gate: UrlGate) {
    this.#parts = parts;
    this.#gate = gate;
  }

  serve(request: WholeRequest, origin: Origin): Promise<WholeAnswer> | undefined {
    const match = matchTarget(request.host, request.target);
    const known = match && this.#parts.invocables.knownUrl(match.urlId);
    if (match === undefined || known === undefined || !isPlain(known)) return undefined;
    if (this.#gate.known(known.invocable)?.kind !== 'allowed') return undefined;
    return this.#answer(request, origin, match, known.invocable);
  }

  /** Undefined for what no learning would bring onto this lane. */
  learn({ host, target }: WholeRequest): Promise<void> | undefined {
    const match = matchTarget(host, target);
    if (match === undefined) return undefined;
    const known = this.#parts.invocables.knownUrl(match.urlId);
    if (known !== undefined && (!isPlain(known) || this.#gate.known(known.invocable) !== undefined)) return undefined;
    return this.#learn(match);
  }

  async #learn({ urlId }: UrlMatch): Promise<void> {
    const { invocables, log } = this.#parts;
    try {
      const url = await invocables.resolveUrl(urlId);
      if (url === undefined || url.authType !== 'NONE') return;
      await this.#gate.everybody(url, await invocables.resolve(url.scope, url));
    } catch (cause) {
      // The ordinary way meets it again, and tells the caller.
      log.write('debug', 'function-url.not-learned', { urlId, cause });
    }
  }

  async #answer(request: WholeRequest, origin: Origin, match: UrlMatch, invocable: InvocableFunction): Promise<WholeAnswer> {
    const { clock, random, invocations, log } = this.#parts;
    const requestId = random.uuid() as RequestId;
    try {
      const nowMs = clock.now();
      const trace = traceHeader(request.traceHeader, requestId, nowMs);
      const payload = this.#event(request, origin, match, { requestId, nowMs, trace, invocable });
      if (payload.byteLength > LIMITS.invokePayloadBytes) throw tooLarge();
      const result = await invocations.invoke({ requestId, invocable, payload, traceHeader: trace });
      const answer = answerIn(returnedOf(result).answer.payload, { requestId, functionName: invocable.name, log });
      answer.headers.push('x-amzn-requestid', requestId);
      return answer;
    } catch (error) {
      return this.#refusal(error, requestId);
    }
  }

  #event(
    { method, rawHeaders, body }: WholeRequest,
    origin: Origin,
    match: UrlMatch,
    about: { requestId: string; nowMs: number; trace: string; invocable: InvocableFunction },
  ): Buffer {
    return urlEvent({
      requestId: about.requestId,
      nowMs: about.nowMs,
      urlId: match.urlId,
      domainName: domainNameOf(match, about.invocable.scope.region, this.#parts.baseDomain),
      method,
      httpVersion: '1.1',
      rawPath: match.rawPath,
      rawQuery: match.rawQuery,
      rawHeaders,
      ...origin,
      traceHeader: about.trace,
      body: [body],
      caller: undefined,
    });
  }

  #refusal(error: unknown, requestId: RequestId): WholeAnswer {
    const refusal = refusalOf(error, { requestId, log: this.#parts.log });
    return {
      status: refusal.status,
      headers: Object.entries(refusalHeaders(refusal, requestId)).flat(),
      body: refusalBody(refusal),
    };
  }
}

/** Nobody signs, no rules of origin, and an answer that comes as a whole. */
function isPlain({ url }: KnownUrl): boolean {
  return url.authType === 'NONE' && url.cors === undefined && url.invokeMode === 'BUFFERED';
}
