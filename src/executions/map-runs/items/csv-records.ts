// Records of delimited text, one by one as it arrives, by AWS's rules, which are not those of RFC 4180: a doubled quote is a quote in a field without
// quotes too, and a backslash takes its meaning from a quote, a delimiter or a backslash, and vanishes before anything else.
// https://docs.aws.amazon.com/step-functions/latest/dg/example-csv-parse-dist-map.html

const DELIMITERS = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' } as const;

export type CsvDelimiter = keyof typeof DELIMITERS;

export function isCsvDelimiter(name: unknown): name is CsvDelimiter {
  return typeof name === 'string' && Object.hasOwn(DELIMITERS, name);
}

export class CsvRecords {
  readonly #delimiter: string;
  readonly #special: RegExp;
  readonly #maxLength: number;
  #rest = '';
  #record: string[] = [];
  #field = '';
  #length = 0;
  #isQuoted = false;
  /** The field has had quotes around it, or a part of it. */
  #wasQuoted = false;

  constructor(delimiter: CsvDelimiter, maxLength: number) {
    this.#delimiter = DELIMITERS[delimiter];
    this.#special = new RegExp(`["\\\\\\r\\n${this.#delimiter === '|' ? '\\|' : this.#delimiter}]`, 'g');
    this.#maxLength = maxLength;
  }

  push(text: string): Generator<readonly string[]> {
    return this.#read(text, false);
  }

  *end(): Generator<readonly string[]> {
    yield* this.#read('', true);
    if (this.#isQuoted) throw new SyntaxError('a quoted field has no end');
    yield* this.#endRecord();
  }

  *#read(more: string, isLast: boolean): Generator<readonly string[]> {
    const text = this.#rest + more;
    // What a quote, a backslash or a carriage return means, the next character says.
    const end = isLast ? text.length : text.length - 1;
    let at = 0;
    while (at < end) {
      this.#special.lastIndex = at;
      const found = this.#special.exec(text)?.index ?? text.length;
      const plain = Math.min(found, end);
      this.#take(text.slice(at, plain));
      at = plain;
      if (at < end) at = yield* this.#mark(text, at);
    }
    this.#rest = text.slice(at);
  }

  /** One special character, with the next where that belongs to it; where to go on. */
  *#mark(text: string, at: number): Generator<readonly string[], number> {
    const special = text.charAt(at);
    const next = text[at + 1];
    switch (special) {
      case '\\':
        if (next !== '\\' && next !== '"' && next !== this.#delimiter) return at + 1;
        this.#take(next);
        return at + 2;
      case '"':
        return this.#quote(next, at);
      case this.#delimiter:
        if (this.#isQuoted) this.#take(this.#delimiter);
        else {
          // A field without characters takes room too.
          this.#grow(1);
          this.#endField();
        }
        return at + 1;
      default:
        if (this.#isQuoted) {
          this.#take(special);
          return at + 1;
        }
        yield* this.#endRecord();
        return special === '\r' && next === '\n' ? at + 2 : at + 1;
    }
  }

  #quote(next: string | undefined, at: number): number {
    const opens = !this.#isQuoted && this.#field === '' && !this.#wasQuoted;
    if (opens) {
      this.#isQuoted = true;
      this.#wasQuoted = true;
      return at + 1;
    }
    if (next === '"') {
      this.#take('"');
      return at + 2;
    }
    if (this.#isQuoted) this.#isQuoted = false;
    else this.#take('"');
    return at + 1;
  }

  #take(text: string): void {
    this.#field += text;
    this.#grow(text.length);
  }

  #grow(length: number): void {
    this.#length += length;
    if (this.#length > this.#maxLength) throw new RangeError('a record is too long');
  }

  #endField(): void {
    this.#record.push(this.#field);
    this.#field = '';
    this.#wasQuoted = false;
  }

  /** A line with nothing in it is no record. */
  *#endRecord(): Generator<readonly string[]> {
    const isEmpty = this.#record.length === 0 && this.#field === '' && !this.#wasQuoted;
    this.#endField();
    const record = this.#record;
    this.#record = [];
    this.#length = 0;
    if (!isEmpty) yield record;
  }
}
