// Browsers: the preflight that asks before a request, and the headers that let a page read the answer to one.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html

import type { Buckets } from '#buckets';
import { matchCors } from '#buckets';
import { ApiError, type Scope } from '#kernel';

type Headers = Readonly<Record<string, string | undefined>>;

export interface PreflightRequest {
  readonly scope: Scope;
  readonly bucket: string;
  /** Lower-case names. */
  readonly headers: Headers;
}

/** The headers of the 200 that an OPTIONS request is answered with. Nobody has to sign it: it tells only what the bucket allows. */
export async function answerPreflight(buckets: Buckets, request: PreflightRequest): Promise<Readonly<Record<string, string>>> {
  const { origin } = request.headers;
  const method = request.headers['access-control-request-method'];
  if (origin === undefined) throw new ApiError('BadRequest', 'Insufficient information. Origin request header needed.');
  if (method === undefined || !/^[A-Z]+$/.test(method))
    throw new ApiError('BadRequest', `Invalid Access-Control-Request-Method: ${method ?? 'null'}`);
  const headers = (request.headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const rules = (await corsRules(buckets, request.scope, request.bucket)) ?? [];
  if (rules.length === 0) throw forbidden('CORSResponse: CORS is not enabled for this bucket.', method);
  const allowed = matchCors(rules, { origin, method, headers });
  if (allowed !== undefined) return allowed;
  throw forbidden(
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
    method,
  );
}

function forbidden(message: string, method: string): ApiError {
  return new ApiError('AccessForbidden', message, { fields: { Method: method, ResourceType: 'OBJECT' } });
}

/** For the answer to an actual request, error or not; none where the bucket does not let the page in. */
export async function crossOriginHeaders(
  buckets: Buckets,
  request: PreflightRequest & { readonly method: string },
): Promise<Readonly<Record<string, string>>> {
  const { origin } = request.headers;
  if (origin === undefined) return {};
  const rules = (await corsRules(buckets, request.scope, request.bucket)) ?? [];
  return matchCors(rules, { origin, method: request.method, headers: [] }) ?? {};
}

async function corsRules(buckets: Buckets, scope: Scope, bucket: string) {
  try {
    const { settings } = await buckets.getBucket({ scope, bucket });
    return settings.cors;
  } catch (error) {
    // A bucket that is not there lets no page in; that it is not there is for its own answer to say.
    if (error instanceof ApiError && error.code === 'NoSuchBucket') return undefined;
    throw error;
  }
}
