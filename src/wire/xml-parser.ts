// A small XML parser for request bodies: elements, attributes and text. No DOCTYPE, so no entities of the sender's making; bounded in depth and number.

import { checkDepth, MalformedRequest } from './malformed.ts';

export interface XmlElement {
  /** Without its prefix: no service of ours tells elements apart by namespace. */
  readonly name: string;
  /** With their prefixes (`xsi:type`). */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  /** All its own text, entities resolved. */
  text: string;
}

/** The largest legitimate body, CompleteMultipartUpload of 10,000 parts with checksums, has 40,000. */
const ELEMENTS_MAX = 200_000;
const ATTRIBUTES_MAX = 64;

const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

/** The root element. */
export function parseXml(source: string): XmlElement {
  return new XmlParser(source).parse();
}

class XmlParser {
  readonly #source: string;
  readonly #open: XmlElement[] = [];
  #root: XmlElement | undefined;
  #elements = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): XmlElement {
    let at = this.#source.charCodeAt(0) === 0xfeff ? 1 : 0;
    while (at < this.#source.length) {
      const bracket = this.#source.indexOf('<', at);
      const end = bracket === -1 ? this.#source.length : bracket;
      if (end > at) this.#text(this.#source.slice(at, end));
      at = bracket === -1 ? end : this.#markup(bracket);
    }
    if (this.#root === undefined) return malformed('it has no element');
    if (this.#open.length > 0) return malformed(`<${this.#open.at(-1)?.name}> is not closed`);
    return this.#root;
  }

  /** Reads what begins with the bracket at `start`; returns where the rest begins. */
  #markup(start: number): number {
    const source = this.#source;
    if (source.startsWith('<?', start)) return this.#skipTo('?>', start + 2);
    if (source.startsWith('<!--', start)) return this.#skipTo('-->', start + 4);
    if (source.startsWith('<![CDATA[', start)) {
      const end = this.#skipTo(']]>', start + 9);
      const top = this.#open.at(-1) ?? malformed('text stands outside the root element');
      top.text += source.slice(start + 9, end - 3);
      return end;
    }
    if (source.startsWith('<!', start)) return malformed('document type declarations are not accepted');
    const end = this.#tagEnd(start + 1);
    if (source[start + 1] === '/') this.#close(source.slice(start + 2, end).trim());
    else this.#openTag(source.slice(start + 1, end));
    return end + 1;
  }

  #skipTo(mark: string, from: number): number {
    const found = this.#source.indexOf(mark, from);
    return found === -1 ? malformed(`${mark} is missing`) : found + mark.length;
  }

  /** The closing bracket of a tag; one in a quoted attribute does not count. */
  #tagEnd(from: number): number {
    let quote = 0;
    for (let at = from; at < this.#source.length; at++) {
      const code = this.#source.charCodeAt(at);
      if (quote !== 0) {
        if (code === quote) quote = 0;
      } else if (code === 0x22 || code === 0x27) quote = code;
      else if (code === 0x3e) return at;
    }
    return malformed('a tag does not end');
  }

  #openTag(tag: string): void {
    const isEmpty = tag.endsWith('/');
    const body = isEmpty ? tag.slice(0, -1) : tag;
    const name = /^[^\s/<>=]+/.exec(body)?.[0] ?? malformed('a tag has no name');
    if (++this.#elements > ELEMENTS_MAX) malformed(`it has more than ${ELEMENTS_MAX} elements`);
    checkDepth(this.#open.length);
    const element: XmlElement = { name: localName(name), attributes: attributes(body.slice(name.length)), children: [], text: '' };
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.children.push(element);
    else if (this.#root === undefined) this.#root = element;
    else malformed('it has more than one root element');
    if (!isEmpty) this.#open.push(element);
  }

  #close(name: string): void {
    const element = this.#open.pop();
    if (element?.name !== localName(name)) malformed(`</${name.slice(0, 64)}> closes nothing`);
  }

  #text(raw: string): void {
    const top = this.#open.at(-1);
    if (top !== undefined) top.text += unescape(raw);
    else if (raw.trim() !== '') malformed('text stands outside the root element');
  }
}

function attributes(source: string): ReadonlyMap<string, string> {
  if (source.trim() === '') return NO_ATTRIBUTES;
  const found = new Map<string, string>();
  const pattern = /\s+([^\s=/<>"']+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/gy;
  let end = 0;
  for (let match = pattern.exec(source); match !== null; match = pattern.exec(source)) {
    if (found.size >= ATTRIBUTES_MAX) malformed(`an element has more than ${ATTRIBUTES_MAX} attributes`);
    const name = match[1] ?? '';
    if (found.has(name)) malformed(`the attribute ${name.slice(0, 64)} stands twice`);
    found.set(name, unescape(match[2] ?? match[3] ?? ''));
    end = pattern.lastIndex;
  }
  if (source.slice(end).trim() !== '') malformed('an attribute cannot be read');
  return found;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** One reference after the other, so that the first bad one ends it: a regular expression would gather all four million before it looks at one. */
function unescape(raw: string): string {
  let text = '';
  let at = 0;
  for (let mark = raw.indexOf('&'); mark !== -1; mark = raw.indexOf('&', at)) {
    const end = raw.indexOf(';', mark);
    const name = raw.slice(mark + 1, end === -1 || end > mark + 10 ? mark + 1 : end);
    text += raw.slice(at, mark) + (ENTITIES.get(name) ?? character(name) ?? malformed('an entity is unknown'));
    at = end + 1;
  }
  return at === 0 ? raw : text + raw.slice(at);
}

function character(name: string): string | undefined {
  const digits = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
  if (digits === null) return undefined;
  const code = digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function malformed(why: string): never {
  throw new MalformedRequest(`The XML you provided was not well-formed: ${why}.`);
}
