// A text that a model's pattern accepts: patterns are read as a small grammar and spelled out with as few repetitions as the length allows.

type Node =
  | { readonly kind: 'characters'; readonly choices: string }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  | { readonly kind: 'repeat'; readonly node: Node; readonly least: number; readonly most: number };

/** Undefined where none was found: the caller then leaves the member out, or says what to send. */
export function samplePattern(source: string, accepts: (text: string) => boolean): string | undefined {
  const node = new PatternReader(source.replace(/^\(\?i\)/, '')).read();
  for (let extra = 0; extra < 48; extra++) {
    for (let option = 0; option < 6; option++) {
      const text = spell(node, extra, option);
      if (accepts(text)) return text;
    }
  }
  return undefined;
}

/** `extra` repetitions where more than the least are allowed; of alternatives, the one that `option` selects. */
function spell(node: Node, extra: number, option: number): string {
  switch (node.kind) {
    case 'characters':
      return node.choices.charAt(0);
    case 'sequence':
      return node.parts.map((part) => spell(part, extra, option)).join('');
    case 'choice':
      return spell(node.options[option % node.options.length] ?? node, extra, option);
    case 'repeat':
      return spell(node.node, extra, option).repeat(Math.min(node.least + extra, node.most));
    default:
      return node satisfies never;
  }
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const DIGITS = '0123456789';
const PRINTABLE = `${LETTERS}${DIGITS} !"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~`;

class PatternReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  read(): Node {
    const options = [this.#sequence()];
    while (this.#take('|')) options.push(this.#sequence());
    const [first] = options;
    return options.length === 1 && first !== undefined ? first : { kind: 'choice', options };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#source.length && !'|)'.includes(this.#peek())) parts.push(this.#quantified(this.#atom()));
    return { kind: 'sequence', parts };
  }

  #atom(): Node {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return { kind: 'characters', choices: this.#class() };
      case '.':
        return { kind: 'characters', choices: PRINTABLE };
      case '^':
      case '$':
        return { kind: 'sequence', parts: [] };
      case '\\':
        return { kind: 'characters', choices: this.#escape() };
      default:
        return { kind: 'characters', choices: character };
    }
  }

  /** Looking around adds nothing to the text: whether it holds is for `accepts` to say. */
  #group(): Node {
    const look = /^\?<?[=!]/.exec(this.#source.slice(this.#at))?.[0];
    if (look !== undefined) this.#at += look.length;
    else if (this.#source.startsWith('?<', this.#at)) this.#at = this.#source.indexOf('>', this.#at) + 1;
    else if (this.#peek() === '?') this.#at += 2;
    const node = this.read();
    this.#take(')');
    return look === undefined ? node : { kind: 'sequence', parts: [] };
  }

  #class(): string {
    const isNegated = this.#take('^');
    let choices = '';
    for (let isFirst = true; isFirst || this.#peek() !== ']'; isFirst = false) {
      const character = this.#next();
      const part = character === '\\' ? this.#escape() : character;
      if (part.length === 1 && this.#peek() === '-' && this.#source[this.#at + 1] !== ']') {
        this.#next();
        const end = this.#next();
        choices += range(part, end === '\\' ? this.#escape() : end);
      } else choices += part;
    }
    this.#next();
    if (isNegated)
      return PRINTABLE.split('')
        .filter((character) => !choices.includes(character))
        .join('');
    // A letter or a digit where the class has one: control characters do not travel in every place.
    return choices
      .split('')
      .sort((a, b) => rank(a) - rank(b))
      .join('');
  }

  #escape(): string {
    const character = this.#next();
    switch (character) {
      case 'd':
        return DIGITS;
      case 'w':
        return `${LETTERS}${DIGITS}_`;
      case 'S':
      case 'W':
      case 'D':
        return character === 'S' ? PRINTABLE.replace(' ', '') : character === 'D' ? LETTERS : '-';
      case 's':
        return ' ';
      case 'n':
      case 'r':
      case 't':
        return { n: '\n', r: '\r', t: '\t' }[character];
      case 'u':
      case 'x':
        return this.#code(character === 'u' ? 4 : 2);
      case 'p':
        this.#at = this.#source.indexOf('}', this.#at) + 1;
        return LETTERS;
      default:
        return character;
    }
  }

  #code(digits: number): string {
    const code = Number.parseInt(this.#source.slice(this.#at, this.#at + digits), 16);
    this.#at += digits;
    return String.fromCharCode(code);
  }

  #quantified(node: Node): Node {
    const bounds = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})/.exec(this.#source.slice(this.#at));
    if (bounds === null) return node;
    const [text, least, comma, most] = bounds;
    this.#at += text.length;
    this.#take('?');
    if (text === '*') return { kind: 'repeat', node, least: 0, most: Infinity };
    if (text === '+') return { kind: 'repeat', node, least: 1, most: Infinity };
    if (text === '?') return { kind: 'repeat', node, least: 0, most: 1 };
    const first = Number(least);
    return { kind: 'repeat', node, least: first, most: comma === '' ? first : most === '' ? Infinity : Number(most) };
  }

  #peek(): string {
    return this.#source.charAt(this.#at);
  }

  #next(): string {
    return this.#source.charAt(this.#at++);
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }
}

function range(from: string, to: string): string {
  let characters = '';
  // The ends and the printable middle of a range are samples enough.
  for (let code = from.charCodeAt(0); code <= Math.min(to.charCodeAt(0), 0x17f); code++) characters += String.fromCharCode(code);
  return characters === '' ? from : characters;
}

function rank(character: string): number {
  return LETTERS.includes(character) ? 0 : DIGITS.includes(character) ? 1 : PRINTABLE.includes(character) ? 2 : 3;
}
