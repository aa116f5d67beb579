// What a function returned → an HTTP answer. https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload

export interface UrlAnswer {
  readonly status: number;
  /** Names and values in turn, as Node writes them fastest; cookies are one header each. */
  readonly headers: string[];
  readonly body: Uint8Array;
}

/** Undefined: the function's object says it is an answer and is none. The caller gets 502. */
export function urlAnswer(payload: Uint8Array): UrlAnswer | undefined {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const document = parsed(bytes.toString());
  if (document === undefined) return undefined;
  if (!isObject(document) || document['statusCode'] === undefined)
    return { status: 200, headers: ['content-type', 'application/json'], body: bytes };
  const { statusCode, headers: given, cookies, body, isBase64Encoded } = document;
  const status = typeof statusCode === 'string' && /^\d{3}$/.test(statusCode) ? Number(statusCode) : statusCode;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) return undefined;
  const headers = headersOf(given);
  const content = bodyOf(body, isBase64Encoded);
  if (headers === undefined || content === undefined || !addCookies(headers, cookies)) return undefined;
  return { status, headers, body: content };
}

/** A runtime sends JSON; what a function wrote past it may be anything. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // No JSON text stands for undefined, so this is told apart from every answer.
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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

function headersOf(given: unknown): string[] | undefined {
  const headers: string[] = [];
  let hasType = false;
  if (given !== undefined && given !== null) {
    if (!isObject(given)) return undefined;
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
  if (!hasType) headers.push('content-type', 'application/json');
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

const EMPTY = Buffer.alloc(0);

function bodyOf(body: unknown, isBase64Encoded: unknown): Uint8Array | undefined {
  if (body === undefined || body === null) return EMPTY;
  const text = textOf(body);
  return text === undefined ? undefined : Buffer.from(text, isBase64Encoded === true ? 'base64' : 'utf8');
}

/** Numbers and booleans are taken as their text; objects are not. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
