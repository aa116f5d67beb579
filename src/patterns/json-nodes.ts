// Reads JSON into nodes that remember where they stand and how numbers were written, since AWS's complaints about a pattern name the
// line and column, and `5` and `5.0` are two texts of one number.
//
// The columns are those of AWS's own reader at the moment of its complaint: just after a bracket, a number or a word, and just after
// the opening quote of a string whose text nobody has asked for yet.

export interface ObjectNode extends Place {
  readonly kind: 'object';
  /** In their order; a name may stand there twice. */
  readonly members: readonly { readonly name: string; readonly value: JsonNode }[];
}

export interface ArrayNode extends Place {
  readonly kind: 'array';
  readonly items: readonly JsonNode[];
}

export interface ScalarNode extends Place {
  readonly kind: 'string' | 'number' | 'true' | 'false' | 'null';
  readonly text: string;
}

export type JsonNode = ObjectNode | ArrayNode | ScalarNode;

interface Place {
  /** Where its reading has begun, and where it ends: offsets in the text. */
  readonly openedAt: number;
  readonly endsAt: number;
}

/** What is wrong with a text, and at which offset. */
export class JsonFault extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'JsonFault';
    this.offset = offset;
  }
}

/** As deep as AWS's reader goes. */
const DEPTH_MAX = 1000;

const SPACE = /[ \t\r\n]*/y;
// JSON has no control characters in its strings.
// oxlint-disable-next-line no-control-regex
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])/y;
const WORD = /[^\s,:[\]{}"]+/y;

/** Throws `JsonFault`. What follows the first value is not read. */
export function readJson(text: string): JsonNode {
  return new Reader(text).value(0);
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonNode {
    if (depth > DEPTH_MAX)
      throw new JsonFault(`Document nesting depth (${depth}) exceeds the maximum allowed (${DEPTH_MAX})`, this.#at);
    this.#skipSpace();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      case undefined:
        throw this.#endOfInput();
      default:
        return this.#numberOrWord();
    }
  }

  #object(depth: number): ObjectNode {
    const openedAt = (this.#at += 1);
    const members: { name: string; value: JsonNode }[] = [];
    this.#skipSpace();
    while (!this.#takes('}')) {
      if (members.length > 0) this.#expect(',', 'comma to separate Object entries');
      this.#skipSpace();
      if (this.#text[this.#at] !== '"') throw this.#unexpected('double-quote to start field name');
      const { text: name } = this.#string();
      this.#skipSpace();
      this.#expect(':', 'colon to separate field name and value');
      members.push({ name, value: this.value(depth + 1) });
      this.#skipSpace();
    }
    return { kind: 'object', members, openedAt, endsAt: this.#at };
  }

  #array(depth: number): ArrayNode {
    const openedAt = (this.#at += 1);
    const items: JsonNode[] = [];
    this.#skipSpace();
    while (!this.#takes(']')) {
      if (items.length > 0) this.#expect(',', 'comma to separate Array entries');
      items.push(this.value(depth + 1));
      this.#skipSpace();
    }
    return { kind: 'array', items, openedAt, endsAt: this.#at };
  }

  #string(): ScalarNode {
    const openedAt = this.#at + 1;
    const raw = this.#match(STRING);
    if (raw === undefined) {
      if (!this.#text.includes('"', openedAt)) throw this.#endOfInput();
      throw new JsonFault('Illegal unquoted character or unrecognized escape in a string value', openedAt);
    }
    return { kind: 'string', text: JSON.parse(raw) as string, openedAt, endsAt: this.#at };
  }

  #numberOrWord(): ScalarNode {
    const number = this.#match(NUMBER);
    if (number !== undefined) return { kind: 'number', text: number, openedAt: this.#at, endsAt: this.#at };
    const start = this.#at;
    const word = this.#match(WORD);
    if (word === 'true' || word === 'false' || word === 'null')
      return { kind: word, text: word, openedAt: this.#at, endsAt: this.#at };
    if (word === undefined || !/^\w/.test(word)) {
      this.#at = start;
      throw this.#unexpected('a valid value');
    }
    throw new JsonFault(
      `Unrecognized token '${word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`,
      this.#at,
    );
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skipSpace(): void {
    this.#match(SPACE);
  }

  #takes(character: string): boolean {
    const isThere = this.#text[this.#at] === character;
    if (isThere) this.#at += 1;
    return isThere;
  }

  #expect(character: string, what: string): void {
    if (!this.#takes(character)) throw this.#unexpected(what);
  }

  #unexpected(expected: string): JsonFault {
    const found = this.#text[this.#at];
    if (found === undefined) return this.#endOfInput();
    return new JsonFault(`Unexpected character ('${found}' (code ${found.charCodeAt(0)})): was expecting ${expected}`, this.#at);
  }

  #endOfInput(): JsonFault {
    return new JsonFault('Unexpected end-of-input: the JSON is not complete', this.#text.length);
  }
}
