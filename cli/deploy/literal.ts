// Reads a JavaScript literal as data: objects, arrays, strings, numbers, booleans, null. Nothing is evaluated; anything else is a SyntaxError.

export type Data = string | number | boolean | null | undefined | readonly Data[] | { readonly [key: string]: Data };

const DEPTH_MAX = 32;

/** Reads the literal that begins at `start` and ends with a semicolon or with the text. */
export function readLiteral(source: string, start = 0): Data {
  const reader = new LiteralReader(source, start);
  const data = reader.value('', 0);
  reader.end();
  return data;
}

class LiteralReader {
  readonly #source: string;
  #position: number;

  constructor(source: string, start: number) {
    this.#source = source;
    this.#position = start;
  }

  /** @param path Where in the value we are, for messages: `.on[0].s3`. */
  value(path: string, depth: number): Data {
    if (depth > DEPTH_MAX) throw new SyntaxError(`config${path} is nested deeper than ${DEPTH_MAX} levels`);
    this.#skipSpace();
    const next = this.#source[this.#position];
    if (next === '{') return this.#object(path, depth);
    if (next === '[') return this.#array(path, depth);
    if (next === '"' || next === "'") return this.#string(path);
    const word = this.#match(/-?(?:0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])/y);
    if (word !== undefined) return word.startsWith('-') ? -Number(word.slice(1)) : Number(word);
    const keyword = this.#match(/(?:true|false|null|undefined|void 0)(?![\w$.([])/y);
    if (keyword !== undefined) return KEYWORDS[keyword];
    throw this.#notData(path);
  }

  end(): void {
    this.#skipSpace();
    const next = this.#source[this.#position];
    if (next !== undefined && next !== ';') throw this.#notData('');
  }

  #object(path: string, depth: number): Data {
    const entries: [string, Data][] = [];
    this.#position += 1;
    while (!this.#take('}')) {
      const key = this.#key(path);
      if (!this.#take(':')) throw this.#notData(`${path}.${key}`);
      entries.push([key, this.value(`${path}.${key}`, depth + 1)]);
      if (!this.#take(',') && !this.#ahead('}')) throw this.#notData(`${path}.${key}`);
    }
    // From entries, so that a key named __proto__ is a key like any other.
    return Object.fromEntries(entries);
  }

  #array(path: string, depth: number): Data {
    const items: Data[] = [];
    this.#position += 1;
    while (!this.#take(']')) {
      const itemPath = `${path}[${items.length}]`;
      items.push(this.value(itemPath, depth + 1));
      if (!this.#take(',') && !this.#ahead(']')) throw this.#notData(itemPath);
    }
    return items;
  }

  #key(path: string): string {
    this.#skipSpace();
    const next = this.#source[this.#position];
    if (next === '"' || next === "'") return this.#string(path);
    const key = this.#match(/[\p{ID_Start}$_][\p{ID_Continue}$]*|\d+/uy);
    if (key === undefined) throw this.#notData(path);
    return key;
  }

  #string(path: string): string {
    const quote = this.#source[this.#position];
    let text = '';
    for (let at = this.#position + 1; at < this.#source.length; at += 1) {
      const character = this.#source[at];
      if (character === quote) {
        this.#position = at + 1;
        return text;
      }
      if (character === '\n') break;
      if (character !== '\\') {
        text += character;
        continue;
      }
      const escape = ESCAPE.exec(this.#source.slice(at + 1, at + 12))?.[0] ?? '';
      text += unescape(escape);
      at += escape.length;
    }
    throw new SyntaxError(`config${path}: the string does not end`);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.#source)?.[0];
    if (found !== undefined) this.#position += found.length;
    return found;
  }

  #ahead(character: string): boolean {
    this.#skipSpace();
    return this.#source[this.#position] === character;
  }

  #take(character: string): boolean {
    const found = this.#ahead(character);
    if (found) this.#position += 1;
    return found;
  }

  #skipSpace(): void {
    this.#match(/(?:\s|\/\*[^]*?\*\/|\/\/.*)*/y);
  }

  #notData(path: string): SyntaxError {
    const text = this.#source.slice(this.#position).split('\n', 1)[0]?.slice(0, 60).replace(/,$/, '') ?? '';
    return new SyntaxError(`config${path} is not plain data: ${text}`);
  }
}

const KEYWORDS: Readonly<Record<string, Data>> = { true: true, false: false, null: null };

/** What may follow a backslash: a code point, a code unit, a byte, a line's end, or one character. */
const ESCAPE = /^(?:u\{[\da-fA-F]{1,6}\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|\r\n|[^])/;

const CONTROL: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
  '\n': '',
  '\r': '',
  '\r\n': '',
};

function unescape(escape: string): string {
  const hex = /^[ux]\{?([\da-fA-F]+)\}?$/.exec(escape)?.[1];
  if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
  return CONTROL[escape] ?? escape;
}
