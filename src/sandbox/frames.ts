// Frames of the channel: u32 length of all that follows | u8 kind | u32 length of the head | head (JSON) | payload (raw bytes),
// little-endian. Everything that comes from a sandbox is hostile: lengths are judged before a byte is stored.

/** runtimes/node/frames.cjs holds the same table. */
export const FRAME = {
  // platform → agent
  boot: 1,
  specialise: 2,
  invoke: 3,
  makeCodeCache: 4,
  recall: 5,
  streamCredit: 6,
  streamGone: 7,
  placed: 8,
  shutdown: 9,
  // agent → platform
  ready: 64,
  initialised: 65,
  initFailed: 66,
  returned: 67,
  threw: 68,
  tooLarge: 69,
  codeCache: 70,
  recalled: 71,
  streamBegun: 72,
  streamChunk: 73,
} as const;

export interface Frame {
  readonly kind: number;
  readonly head: Readonly<Record<string, unknown>>;
  readonly payload: Buffer;
}

const HEADER_BYTES = 9;
const LENGTH_BYTES = 4;
/** The heads that agents send hold a nonce and a number or two. */
const AGENT_HEAD_BYTES_MAX = 4096;
const NOTHING = Buffer.alloc(0);

/** The bytes of one frame, in as few pieces as possible: a large payload is not copied. */
export function encodeFrame(kind: number, head: object, payload: Uint8Array = NOTHING): readonly Uint8Array[] {
  const text = JSON.stringify(head);
  const headBytes = Buffer.byteLength(text);
  const small = payload.byteLength <= 4096;
  const frame = Buffer.allocUnsafe(HEADER_BYTES + headBytes + (small ? payload.byteLength : 0));
  frame.writeUInt32LE(HEADER_BYTES - LENGTH_BYTES + headBytes + payload.byteLength, 0);
  frame.writeUInt8(kind, LENGTH_BYTES);
  frame.writeUInt32LE(headBytes, LENGTH_BYTES + 1);
  frame.write(text, HEADER_BYTES, headBytes, 'utf8');
  if (!small) return [frame, payload];
  frame.set(payload, HEADER_BYTES + headBytes);
  return [frame];
}

export interface FrameReaderOptions {
  /** How many payload bytes a frame of this kind may have at this moment; undefined: such a frame must not come now. */
  readonly allowance: (kind: number) => number | undefined;
  readonly onFrame: (frame: Frame) => void;
  /** Called once; the reader then drops everything. */
  readonly onViolation: (detail: string) => void;
}

/**
 * Cuts the bytes of a sandbox into frames. A frame that lies whole in a chunk is not copied: its payload is a part of the chunk, which
 * therefore belongs to the reader from `push` on. One that comes in pieces is put together in memory of its own, once.
 */
export class FrameReader {
  readonly #options: FrameReaderOptions;
  /** The header of a frame that comes in pieces. */
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerFilled = 0;
  /** The rest of a frame that comes in pieces; allocated only after its length was found lawful. */
  #body: Buffer | undefined;
  #bodyFilled = 0;
  #broken = false;

  constructor(options: FrameReaderOptions) {
    this.#options = options;
  }

  push(chunk: Buffer): void {
    let position = 0;
    while (position < chunk.byteLength && !this.#broken) {
      if (this.#body !== undefined) position += this.#readBody(this.#body, chunk, position);
      else if (this.#headerFilled > 0 || chunk.byteLength - position < HEADER_BYTES) position += this.#readHeader(chunk, position);
      else position = this.#readWhole(chunk, position);
    }
  }

  /** Where the next frame begins, or where what is there of this one ends. */
  #readWhole(chunk: Buffer, position: number): number {
    const bodyBytes = this.#judge(chunk, position);
    if (bodyBytes === undefined) return position;
    const start = position + HEADER_BYTES;
    const end = start + bodyBytes;
    if (end <= chunk.byteLength) {
      this.#complete(chunk, position, chunk, start, end);
      return end;
    }
    chunk.copy(this.#header, 0, position, start);
    this.#begin(bodyBytes);
    return start;
  }

  #readHeader(chunk: Buffer, position: number): number {
    const taken = chunk.copy(this.#header, this.#headerFilled, position, position + HEADER_BYTES - this.#headerFilled);
    this.#headerFilled += taken;
    if (this.#headerFilled === HEADER_BYTES) {
      const bodyBytes = this.#judge(this.#header, 0);
      if (bodyBytes !== undefined) this.#begin(bodyBytes);
    }
    return taken;
  }

  #begin(bodyBytes: number): void {
    this.#headerFilled = 0;
    this.#body = Buffer.allocUnsafe(bodyBytes);
    this.#bodyFilled = 0;
    if (bodyBytes === 0) this.#completeBody(this.#body);
  }

  #readBody(body: Buffer, chunk: Buffer, position: number): number {
    const taken = chunk.copy(body, this.#bodyFilled, position);
    this.#bodyFilled += taken;
    if (this.#bodyFilled === body.byteLength) this.#completeBody(body);
    return taken;
  }

  #completeBody(body: Buffer): void {
    this.#body = undefined;
    this.#complete(this.#header, 0, body, 0, body.byteLength);
  }

  /** How many bytes follow this header; undefined after a violation. */
  #judge(bytes: Buffer, at: number): number | undefined {
    const length = bytes.readUInt32LE(at);
    const kind = bytes.readUInt8(at + LENGTH_BYTES);
    const headBytes = bytes.readUInt32LE(at + LENGTH_BYTES + 1);
    const bodyBytes = length - (HEADER_BYTES - LENGTH_BYTES);
    const payloadMax = this.#options.allowance(kind);
    if (payloadMax === undefined) return this.#violate(`a frame of kind ${kind} that nobody waits for`);
    if (headBytes > AGENT_HEAD_BYTES_MAX || headBytes > bodyBytes) return this.#violate(`a head of ${headBytes} bytes`);
    if (bodyBytes - headBytes > payloadMax)
      return this.#violate(`a payload of ${bodyBytes - headBytes} bytes where ${payloadMax} are allowed`);
    return bodyBytes;
  }

  #complete(header: Buffer, at: number, bytes: Buffer, start: number, end: number): void {
    const headEnd = start + header.readUInt32LE(at + LENGTH_BYTES + 1);
    const head = parseHead(bytes.toString('utf8', start, headEnd));
    if (head === undefined) this.#violate('a head that is no JSON object');
    else this.#options.onFrame({ kind: header.readUInt8(at + LENGTH_BYTES), head, payload: bytes.subarray(headEnd, end) });
  }

  #violate(detail: string): undefined {
    this.#broken = true;
    this.#options.onViolation(detail);
  }
}

function parseHead(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const head: unknown = JSON.parse(text);
    return isRecord(head) ? head : undefined;
  } catch {
    // Not JSON: the sandbox broke the rules, which the caller handles like any other violation.
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
