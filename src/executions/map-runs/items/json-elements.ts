// The elements of a JSON array, one by one as its text arrives. Only where they begin and end is looked at: whoever parses them finds what is wrong in them.

export class JsonElements {
  readonly #maxLength: number;
  #text = '';
  /** How far the text has been looked at, and where the element begins that it is in. */
  #at = 0;
  #start = 0;
  #depth = 0;
  #inString = false;
  #hasElements = false;
  #state: 'before' | 'within' | 'after' = 'before';

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Texts of elements that are whole; throws a SyntaxError where it is no array. */
  *push(text: string): Generator<string> {
    this.#text = this.#text.slice(this.#start) + text;
    this.#at -= this.#start;
    this.#start = 0;
    if (this.#state === 'before' && !this.#enter()) return;
    while (this.#state === 'within') {
      const special = this.#next();
      if (special === undefined) break;
      if (special === '[' || special === '{') this.#depth += 1;
      else if (special === '"') this.#inString = !this.#inString;
      else if (special === ',' && this.#depth === 1) yield this.#element();
      else if (special === ']' || special === '}') {
        this.#depth -= 1;
        if (this.#depth > 0) continue;
        if (special !== ']') throw new SyntaxError(`Unexpected token '}' where an array ends`);
        const last = this.#text.slice(this.#start, this.#at - 1);
        this.#state = 'after';
        this.#start = this.#at;
        if (this.#hasElements || last.trim() !== '') yield last;
      }
    }
    if (this.#state === 'after') this.#leave();
    if (this.#text.length - this.#start > this.#maxLength) throw new RangeError('an element is too long');
  }

  end(): void {
    if (this.#state !== 'after') throw new SyntaxError('Unexpected end of JSON input');
  }

  /** Past the bracket that opens the array. */
  #enter(): boolean {
    const first = /\S/.exec(this.#text);
    if (first === null) return false;
    if (first[0] !== '[') throw new SyntaxError(`Unexpected token '${first[0]}' where an array begins`);
    this.#state = 'within';
    this.#depth = 1;
    this.#at = first.index + 1;
    this.#start = this.#at;
    return true;
  }

  #next(): string | undefined {
    const pattern = this.#inString ? /["\\]/g : /["[\]{},]/g;
    for (;;) {
      pattern.lastIndex = this.#at;
      const found = pattern.exec(this.#text);
      if (found === null) {
        this.#at = this.#text.length;
        return undefined;
      }
      if (found[0] !== '\\') {
        this.#at = found.index + 1;
        return found[0];
      }
      // What is escaped may come with the next piece.
      if (found.index + 1 === this.#text.length) {
        this.#at = found.index;
        return undefined;
      }
      this.#at = found.index + 2;
    }
  }

  #element(): string {
    const element = this.#text.slice(this.#start, this.#at - 1);
    this.#start = this.#at;
    this.#hasElements = true;
    return element;
  }

  #leave(): void {
    const rest = /\S/.exec(this.#text.slice(this.#start));
    if (rest !== null) throw new SyntaxError(`Unexpected token '${rest[0]}' behind the array`);
    this.#start = this.#text.length;
    this.#at = this.#start;
  }
}
