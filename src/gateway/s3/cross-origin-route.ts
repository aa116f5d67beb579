// Browsers and buckets, before any service is asked: preflights are answered here, and the answer to any other request of a page gets the
// headers that let the page read it, be it an object or an error.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Buckets } from '#buckets';
import type { Clock, Log, RequestId, Scope } from '#kernel';
import { loadService, parseQuery, type WireAnswer } from '#wire';
import { sendAnswer } from '../answer.ts';
import { dispatch } from '../dispatch.ts';
import { ErrorTeller } from '../error-teller.ts';
import type { Route } from '../gateway.ts';
import { hostReader } from '../host.ts';
import { locate } from '../s3-request.ts';
import { answerPreflight, crossOriginHeaders } from './cross-origin.ts';

export interface CrossOriginRouteOptions {
  readonly buckets: Buckets;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly log: Log;
  readonly baseDomains?: readonly string[];
}

/** To be put behind the routes of everybody else: an OPTIONS request that is nobody's may be a bucket's. */
export function createCrossOriginRoute(options: CrossOriginRouteOptions): Route {
  const { buckets, scope } = options;
  const readHost = hostReader(options.baseDomains ?? []);
  return (request, response, _url, { requestId }) => {
    const { origin } = request.headers;
    if (origin === undefined) return false;
    const bucket = bucketOf(request, readHost);
    if (bucket === undefined) return false;
    const asked = { scope, bucket, headers: request.headers as Readonly<Record<string, string | undefined>> };
    if (request.method === 'OPTIONS')
      return preflight(options, { request, response, requestId }, () => answerPreflight(buckets, asked));
    return crossOriginHeaders(buckets, { ...asked, method: request.method ?? 'GET' }).then((headers) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      return false;
    });
  };
}

function bucketOf(request: IncomingMessage, readHost: ReturnType<typeof hostReader>): string | undefined {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const host = readHost(request.headers.host);
  const headers = request.headers as Readonly<Record<string, string | undefined>>;
  const whose = dispatch({ method: request.method ?? 'GET', path, query: parseQuery(query) ?? [], headers }, host.label);
  if (whose.kind !== 'service' || whose.destination.service !== 's3') return undefined;
  return locate(path, host.bucket).bucket;
}

async function preflight(
  { log, clock }: CrossOriginRouteOptions,
  call: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly requestId: RequestId },
  answer: () => Promise<Readonly<Record<string, string>>>,
): Promise<boolean> {
  const { request, response, requestId } = call;
  const errors = new ErrorTeller({ log, requestId, method: 'OPTIONS', resource: request.url ?? '/' });
  errors.service = loadService('s3');
  const answered: WireAnswer = await answer().then(
    (headers) => ({ status: 200, headers, body: undefined }),
    (error: unknown) => errors.answer(error),
  );
  await sendAnswer({
    request,
    response,
    clock,
    answer: { ...answered, headers: { ...errors.identifyingHeaders(), ...answered.headers } },
  });
  return true;
}
