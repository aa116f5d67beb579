// The fields of a space-delimited log event: apart by whitespace; what stands in brackets or double quotation marks is one.

export interface SpaceField {
  /** Where it begins in the event, its bracket or quotation mark included. */
  readonly start: number;
  /** Without its brackets or quotation marks. */
  readonly text: string;
}

/** At most `limit` fields from the front. Takes time in proportion to the message, however its brackets are laid. */
export function splitFields(message: string, limit: number = Infinity): readonly SpaceField[] {
  const fields: SpaceField[] = [];
  const closes = nextBrackets(message);
  let at = afterSpace(message, 0);
  while (at < message.length && fields.length < limit) {
    const close = closingOf(message, at, closes);
    const end = close === undefined ? afterWord(message, at) : close + 1;
    const text = close === undefined ? message.slice(at, end) : message.slice(at + 1, close);
    fields.push({ start: at, text });
    at = afterSpace(message, end);
  }
  return fields;
}

/** Where the bracket or quotation mark at `at` closes a field; undefined when it opens none, or none that whitespace follows. */
function closingOf(message: string, at: number, closeAfter: (at: number) => number): number | undefined {
  const opening = message.charAt(at);
  if (opening !== '[' && opening !== '"') return undefined;
  const close = opening === '[' ? closeAfter(at) : closingQuote(message, at);
  return close !== -1 && (close + 1 === message.length || isSpace(message.charCodeAt(close + 1))) ? close : undefined;
}

/** The first `]` after a place; asked for growing places, it reads the message once. */
function nextBrackets(message: string): (at: number) => number {
  let known: number | undefined;
  return (at) => {
    if (known === undefined || (known !== -1 && known < at)) known = message.indexOf(']', at);
    return known;
  };
}

/** A quotation mark that begins another field ends this one, so that no stretch is read more than twice. */
function closingQuote(message: string, at: number): number {
  for (let place = at + 1; place < message.length; place += 1) {
    const character = message.charAt(place);
    if (character === '"') return place;
    if (character === '\\') place += 1;
  }
  return -1;
}

function afterSpace(message: string, at: number): number {
  let place = at;
  while (place < message.length && isSpace(message.charCodeAt(place))) place += 1;
  return place;
}

function afterWord(message: string, at: number): number {
  let place = at;
  while (place < message.length && !isSpace(message.charCodeAt(place))) place += 1;
  return place;
}

/** Space, tab, line breaks. */
function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}
