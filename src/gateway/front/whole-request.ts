// Reads a request that came whole in one piece and has nothing unusual. Strict: what this accepts, Node's parser reads in the same way
// (a test holds it against random and mutated bytes); whatever is unusual is left to Node's parser, so a doubt costs time and nothing else.

export interface WholeRequest {
  readonly method: string;
  /** As it came. */
  readonly target: string;
  /** Names and values in turn, as Node keeps them. */
  readonly rawHeaders: readonly string[];
  /** Without its port's being cut off; never absent. */
  readonly host: string;
  readonly traceHeader: string | undefined;
  readonly body: Buffer;
}

/** Larger heads are rare, and Node's parser has its own bound for them. */
const HEAD_BYTES_MAX = 16 * 1024;
const HEADERS_MAX = 64;
const END = '\r\n\r\n';

/**
 * HTTP/1.1 with an origin-form target; ASCII alone. A name cannot hold a colon nor a value a line break, so the expression has one way
 * through any text and takes linear time.
 */
const HEAD =
  /^(GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS) (\/[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]*) HTTP\/1\.1\r\n((?:[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e]*\r\n)+)$/;

/** About the connection or the framing, or answered before the body is read: Node's business. */
const LEFT_TO_NODE = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Undefined: not for this lane. */
export function readWhole(bytes: Buffer): WholeRequest | undefined {
  const headEnd = bytes.indexOf(END, 0, 'latin1');
  if (headEnd < 0 || headEnd > HEAD_BYTES_MAX) return undefined;
  const head = HEAD.exec(bytes.toString('latin1', 0, headEnd + 2));
  const [, method, target, lines] = head ?? [];
  if (method === undefined || target === undefined || lines === undefined) return undefined;
  const rawHeaders: string[] = [];
  let host: string | undefined;
  let length: string | undefined;
  let traceHeader: string | undefined;
  for (let start = 0; start < lines.length;) {
    const end = lines.indexOf('\r\n', start);
    const colon = lines.indexOf(':', start);
    const name = lines.slice(start, colon);
    const value = trimmed(lines, colon + 1, end);
    start = end + 2;
    const lower = name.toLowerCase();
    if (lower === 'host') {
      if (host !== undefined) return undefined;
      host = value;
    } else if (lower === 'content-length') {
      if (length !== undefined) return undefined;
      length = value;
    } else if (lower === 'x-amzn-trace-id') traceHeader = traceHeader === undefined ? value : `${traceHeader}, ${value}`;
    else if (LEFT_TO_NODE.has(lower) && !(lower === 'connection' && value.toLowerCase() === 'keep-alive')) return undefined;
    rawHeaders.push(name, value);
  }
  if (host === undefined || rawHeaders.length > 2 * HEADERS_MAX) return undefined;
  const bodyStart = headEnd + END.length;
  if (!isLength(length, bytes.length - bodyStart)) return undefined;
  return { method, target, rawHeaders, host, traceHeader, body: bytes.subarray(bodyStart) };
}

/** Exactly the bytes that are there: neither a body that is still to come nor a second request behind the first. */
function isLength(text: string | undefined, bytes: number): boolean {
  return text === undefined ? bytes === 0 : text === String(bytes);
}

const SPACE = 32;
const TAB = 9;

/** Without the white space around a value (RFC 9110, 5.5), in linear time. */
function trimmed(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
