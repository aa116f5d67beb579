// Status, headers and cookies as a function gives them, in its answer or before its stream → the head of an HTTP answer.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload

export interface UrlHead {
  readonly status: number;
  /** Names and values in turn, as Node writes them fastest; cookies are one header each. */
  readonly headers: string[];
}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Undefined where it says that it is a head and is none. `usualType` stands where the function names no content type. */
export function urlHead({ statusCode, headers: given, cookies }: Fields, usualType: string): UrlHead | undefined {
  const status = typeof statusCode === 'string' && /^\d{3}$/.test(statusCode) ? Number(statusCode) : statusCode;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) return undefined;
  const headers = headersOf(given, usualType);
  return headers === undefined || !addCookies(headers, cookies) ? undefined : { status, headers };
}

/** Node's own business, or of one connection only. The length is that of the body. */
const LEFT_OUT = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
// oxlint-disable-next-line no-control-regex -- what may not be in a header is what is looked for
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

function headersOf(given: unknown, usualType: string): string[] | undefined {
  const headers: string[] = [];
  let hasType = false;
  if (given !== undefined && given !== null) {
    if (!isFields(given)) return undefined;
    for (const name of Object.keys(given)) {
      const value = given[name];
      const lower = name.toLowerCase();
      if (LEFT_OUT.has(lower) || value === undefined || value === null) continue;
      const text = textOf(value);
      if (text === undefined || !NAME.test(name) || NOT_IN_VALUE.test(text)) return undefined;
      if (lower === 'content-type') hasType = true;
      headers.push(lower, text);
    }
  }
  if (!hasType) headers.push('content-type', usualType);
  return headers;
}

function addCookies(headers: string[], cookies: unknown): boolean {
  if (cookies === undefined || cookies === null) return true;
  if (!Array.isArray(cookies)) return false;
  for (const cookie of cookies as readonly unknown[]) {
    if (typeof cookie !== 'string' || NOT_IN_VALUE.test(cookie)) return false;
    headers.push('set-cookie', cookie);
  }
  return true;
}

/** Numbers and booleans are taken as their text; objects are not. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
