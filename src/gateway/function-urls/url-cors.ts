// Cross-origin rules of a function URL: the platform answers preflights, and its headers replace the function's own.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors

import type { IncomingHttpHeaders } from 'node:http';
import type { FunctionUrlCors } from '#registry';

/** Whether a browser asks before it sends; without a configuration the question goes to the function. */
export function isPreflight(method: string, headers: IncomingHttpHeaders): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/** Names and values in turn; none where the rules do not allow what is asked, which the browser reads as no. */
export function preflightHeaders(cors: FunctionUrlCors, asked: IncomingHttpHeaders): string[] {
  const headers = originHeaders(cors, asked.origin);
  const method = asked['access-control-request-method'] ?? '';
  const names = asked['access-control-request-headers']?.split(',').map((name) => name.trim().toLowerCase()) ?? [];
  if (headers.length === 0 || !allows(cors.allowMethods, method) || !names.every((name) => allows(cors.allowHeaders, name)))
    return [];
  // With credentials a browser takes `*` literally, so what it asked for is said instead.
  const methods =
    cors.allowMethods?.includes('*') === true && cors.allowCredentials === true ? [method] : (cors.allowMethods ?? []);
  headers.push('access-control-allow-methods', methods.join(','));
  if (names.length > 0) {
    const isWild = cors.allowHeaders?.includes('*') === true && cors.allowCredentials === true;
    headers.push('access-control-allow-headers', (isWild ? names : (cors.allowHeaders ?? [])).join(','));
  }
  if (cors.maxAgeSeconds !== undefined) headers.push('access-control-max-age', String(cors.maxAgeSeconds));
  return headers;
}

/** Replaces what the function said about origins with what its URL says. */
export function withCors(cors: FunctionUrlCors, origin: string | undefined, headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2)
    if (!headers[index]?.startsWith('access-control-')) kept.push(headers[index] ?? '', headers[index + 1] ?? '');
  const own = originHeaders(cors, origin);
  kept.push(...own);
  if (own.length > 0 && cors.exposeHeaders !== undefined && cors.exposeHeaders.length > 0)
    kept.push('access-control-expose-headers', cors.exposeHeaders.join(','));
  return kept;
}

function originHeaders({ allowOrigins, allowCredentials }: FunctionUrlCors, origin: string | undefined): string[] {
  if (origin === undefined || !allows(allowOrigins, origin)) return [];
  if (allowCredentials === true)
    return ['access-control-allow-origin', origin, 'access-control-allow-credentials', 'true', 'vary', 'Origin'];
  return allowOrigins?.includes('*') === true
    ? ['access-control-allow-origin', '*']
    : ['access-control-allow-origin', origin, 'vary', 'Origin'];
}

function allows(allowed: readonly string[] | undefined, asked: string): boolean {
  if (allowed === undefined) return false;
  for (const one of allowed) if (one === '*' || one.toLowerCase() === asked.toLowerCase()) return true;
  return false;
}
