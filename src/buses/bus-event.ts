// An event on a bus: its members, and the document that patterns are matched with and targets receive.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html

export interface EventMembers {
  readonly id: string;
  readonly source: string;
  readonly detailType: string;
  readonly account: string;
  readonly region: string;
  readonly timeMs: number;
  readonly resources: readonly string[];
  /** As it was sent: its numbers keep their digits. */
  readonly detailText: string;
  readonly replayName?: string | undefined;
  readonly ingestedAtMs: number;
  readonly traceHeader?: string | undefined;
  /** How many buses it has passed. */
  readonly hops: number;
}

export class BusEvent {
  readonly members: EventMembers;
  /** What `JSON.parse` makes of the event. */
  readonly document: Readonly<Record<string, unknown>>;
  #exact: Readonly<Record<string, unknown>> | undefined;
  #text: string | undefined;
  #bytes: Buffer | undefined;

  constructor(members: EventMembers, detail: unknown) {
    this.members = members;
    const { id, source, detailType, account, region, timeMs, resources, replayName } = members;
    this.document = {
      version: '0',
      id,
      'detail-type': detailType,
      source,
      account,
      time: eventTime(timeMs),
      region,
      resources,
      ...(replayName === undefined ? {} : { 'replay-name': replayName }),
      detail,
    };
  }

  /** The document for whoever takes parts out of it and writes them: its long integers keep their digits, which a double has not. */
  get exact(): Readonly<Record<string, unknown>> {
    this.#exact ??= LONG_INTEGER.test(this.members.detailText)
      ? { ...this.document, detail: exactJson.parse(this.members.detailText, withDigits) }
      : this.document;
    return this.#exact;
  }

  /** The whole event, with the detail as it was sent. */
  get text(): string {
    if (this.#text === undefined) {
      const { detail: _parsed, ...envelope } = this.document;
      this.#text = `${JSON.stringify(envelope).slice(0, -1)},"detail":${this.members.detailText}}`;
    }
    return this.#text;
  }

  /** The same for all who receive the event as it is: many rules do not make many copies. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(this.text);
    return this.#bytes;
  }
}

const LONG_INTEGER = /\d{16}/;

/** Node has what the compiler's library does not know yet. https://github.com/tc39/proposal-json-parse-with-source */
const exactJson = JSON as unknown as {
  parse(text: string, reviver: (name: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
  rawJSON(text: string): object;
};

function withDigits(_name: string, value: unknown, { source = '' }: { readonly source?: string }): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d{16,}$/.test(source)
    ? exactJson.rawJSON(source)
    : value;
}

/** Seconds are all that an event's time has. */
export function eventTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** As deep as AWS's reader goes. What writes JSON is recursive and would end on deeper ones. */
const DEPTH_MAX = 1000;

/** The object that a detail is, or undefined for a text that is none, or one that nests too deep. */
export function parseDetail(text: string): object | undefined {
  if (isTooDeep(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether a JSON text nests deeper than an event may. Of what is no JSON it may say either. */
export function isTooDeep(text: string): boolean {
  // So many brackets have as many to close them.
  if (text.length <= 2 * DEPTH_MAX) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth > DEPTH_MAX) return true;
  }
  return false;
}

/** Where its closing quote is, or the text's end. */
function endOfString(text: string, openedAt: number): number {
  for (let at = openedAt + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}
